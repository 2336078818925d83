using NATS.Client.Core;
using Rollouts.Actors.Nats;

namespace Rollouts.Integration.Tests.Nats.Campaigns;

/// <summary>
/// Messages that nobody should send, seeded, to every subject of a job: garbage, cut off, too large, true ones again and true ones elsewhere. None is a well-formed lie: who may write
/// a job's subjects is decided by its account.
/// </summary>
internal sealed class HostileMessages(INatsConnection connection, JobNames names, IReadOnlyList<string> groups, int seed)
{
    /// <summary>True messages that are kept.</summary>
    private const int MaxKept = 400;

    private readonly Random _random = new(seed);
    private readonly List<NatsMsg<byte[]>> _seen = [];

    /// <summary>Keeps what the job says, to say it again.</summary>
    public async Task ListenAsync(string subject, CancellationToken stopping)
    {
        try
        {
            await foreach (var message in connection.SubscribeAsync<byte[]>(subject, cancellationToken: stopping))
                lock (_seen) if (_seen.Count < MaxKept && message.Data is { Length: > 0 }) _seen.Add(message);
        }
        catch (OperationCanceledException)
        {
            // Enough heard.
        }
    }

    /// <summary>Sends one.</summary>
    public async Task SendAsync(CancellationToken stopping)
    {
        NatsMsg<byte[]>? heard;
        lock (_seen) heard = _seen.Count > 0 ? _seen[_random.Next(_seen.Count)] : null;
        if (heard is { } again && _random.Next(4) == 0)
        {
            // With the id under which the server knows it, or as if it were new.
            var headers = _random.Next(2) == 0 ? null : Copy(again.Headers);
            await connection.PublishAsync(_random.Next(2) == 0 ? again.Subject : Subject(), again.Data, headers, cancellationToken: stopping);
            return;
        }

        await connection.PublishAsync(Subject(), Body(heard?.Data), cancellationToken: stopping);
    }

    private byte[] Body(byte[]? heard) => _random.Next(8) switch
    {
        0 => [],
        1 => Noise(_random.Next(1, 64)),
        2 => Noise(_random.Next(1, 4096)),
        3 when _random.Next(20) == 0 => Noise(1 << 19),
        4 => "{\"group\":"u8.ToArray(),
        5 => [.. Enumerable.Repeat((byte)'[', 20_000)],
        _ => heard is { Length: > 1 } ? heard[.._random.Next(heard.Length)] : Noise(16),
    };

    private byte[] Noise(int length)
    {
        var noise = new byte[length];
        _random.NextBytes(noise);
        return noise;
    }

    private string Subject()
    {
        var group = groups[_random.Next(groups.Count)];
        string[] subjects =
        [
            $"rollouts.{names.Job}.prompts.{CampaignJob.Pool}.{group}", $"rollouts.{names.Job}.prompts.{CampaignJob.Pool}.x{_random.Next(100)}", $"rollouts.{names.Job}.prompts.nobody.{group}",
            $"rollouts.{names.Job}.results.{CampaignJob.Pool}.{group}", $"rollouts.{names.Job}.results.{CampaignJob.Pool}.x{_random.Next(100)}", $"rollouts.{names.Job}.results.nobody.{group}",
            names.Questions, names.Deaths, names.AllActors, names.Actor("actor-0"), $"{names.Inbox}.x.{_random.Next(100)}", $"rollouts.{names.Job}.deltas.{group}",
            $"$KV.{names.RecordBucket}.job", $"$KV.{names.RecordBucket}.pools.{CampaignJob.Pool}", $"$KV.{names.RecordBucket}.deaths.{group}", $"$KV.{names.RecordBucket}.fenced.x{_random.Next(100)}",
            $"$KV.{names.LeaseBucket}.driver", $"$KV.{names.LeaseBucket}.actors.actor-0", $"$KV.{names.LeaseBucket}.actors.x{_random.Next(100)}",
        ];
        return subjects[_random.Next(subjects.Length)];
    }

    // A publish sets the headers read-only.
    private static NatsHeaders? Copy(NatsHeaders? headers) => headers is null ? null : new(headers.ToDictionary());
}
