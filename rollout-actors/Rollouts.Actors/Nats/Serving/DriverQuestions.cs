using NATS.Client.Core;

namespace Rollouts.Actors.Nats;

/// <summary>Asks the driver whether a group that was delivered again is still to be run. Without a driver nobody wants it now, so the actor asks until there is one.</summary>
internal sealed class DriverQuestions(INatsConnection connection, JobNames names, string actor, string incarnation, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    /// <summary>The driver's verdict.</summary>
    public async Task<GroupVerdict> AskAsync(GroupKey group, CancellationToken stopping)
    {
        var question = Wire.Encode(new GroupQuestion(group.ToString(), actor, incarnation));
        while (true)
        {
            if (await TryAskAsync(question, stopping) is { } verdict) return verdict;
            await Task.Delay(Pause, time, stopping);
        }
    }

    private async Task<GroupVerdict?> TryAskAsync(byte[] question, CancellationToken stopping)
    {
        try
        {
            var options = new NatsSubOpts { Timeout = Patience };
            var reply = await connection.RequestAsync<byte[], byte[]>(names.Questions, question, replyOpts: options, cancellationToken: stopping);
            return Wire.Decode<GroupVerdict>(reply.Data);
        }
        catch (Exception e) when (Patiently.IsOfServer(e, stopping))
        {
            return null;
        }
    }
}
