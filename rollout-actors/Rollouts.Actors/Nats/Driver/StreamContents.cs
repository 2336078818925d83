using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace Rollouts.Actors.Nats;

/// <summary>What lies in a job's streams, by the groups' keys.</summary>
/// <param name="pools">The job's pools: what lies under other names is nobody's.</param>
internal sealed class StreamContents(INatsJSContext jetStream, JobNames names, IReadOnlyCollection<string> pools)
{
    /// <summary>Subjects that a server names in one answer.</summary>
    private const int Page = 100_000;

    /// <summary>Groups whose work lies in the stream, with their pools.</summary>
    /// <exception cref="NatsJSApiException">404: the stream is not there.</exception>
    public Task<Dictionary<GroupKey, string>> PromptsAsync(CancellationToken stopping) => SubjectsAsync(names.PromptStream, stopping);

    /// <summary>Groups whose results lie in the stream.</summary>
    /// <exception cref="NatsJSApiException">404: the stream is not there.</exception>
    public Task<Dictionary<GroupKey, string>> ResultsAsync(CancellationToken stopping) => SubjectsAsync(names.ResultStream, stopping);

    /// <summary>The work of a subject; null where there is none.</summary>
    public async Task<byte[]?> WorkAsync(string subject, CancellationToken stopping) => (await LastAsync(names.PromptStream, subject, stopping))?.Data.ToArray();

    /// <summary>
    /// Removes the work of a subject, which may have a wildcard for the pool, by its place. A purge of the subject would do more than that on nats-server 2.9: it moves the pool's consumer beyond the stream's end, so that
    /// all that was not delivered yet never is.
    /// </summary>
    public async Task RemoveWorkAsync(string subject, CancellationToken stopping)
    {
        while (await LastAsync(names.PromptStream, subject, stopping) is { } message) await RemoveAsync(message, stopping);
    }

    private async Task RemoveAsync(StoredMessage message, CancellationToken stopping)
    {
        try
        {
            var request = new StreamMsgDeleteRequest { Seq = message.Seq, NoErase = true };
            await jetStream.JSRequestResponseAsync<StreamMsgDeleteRequest, StreamMsgDeleteResponse>($"$JS.API.STREAM.MSG.DELETE.{names.PromptStream}", request, stopping);
        }
        catch (NatsJSApiException e) when (e.Error.Code is 400 or 404)
        {
            // Gone meanwhile: its actor has acknowledged it.
        }
    }

    /// <summary>Whether any part of a group's result is stored.</summary>
    public async Task<bool> HasResultAsync(GroupKey key, CancellationToken stopping) =>
        await LastAsync(names.ResultStream, names.Result("*", key), stopping) is not null;

    private async Task<StoredMessage?> LastAsync(string stream, string subject, CancellationToken stopping)
    {
        try
        {
            var request = new StreamMsgGetRequest { LastBySubj = subject };
            var answer = await jetStream.JSRequestResponseAsync<StreamMsgGetRequest, StreamMsgGetResponse>($"$JS.API.STREAM.MSG.GET.{stream}", request, stopping);
            return answer.Message;
        }
        catch (NatsJSApiException e) when (e.Error.Code == 404)
        {
            return null;
        }
    }

    private async Task<Dictionary<GroupKey, string>> SubjectsAsync(string stream, CancellationToken stopping)
    {
        var found = new Dictionary<GroupKey, string>();
        for (var offset = 0; ; offset += Page)
        {
            var info = (await jetStream.GetStreamAsync(stream, new StreamInfoRequest { SubjectsFilter = ">", Offset = offset }, stopping)).Info;
            foreach (var subject in info.State.Subjects?.Keys ?? [])
                if (GroupKey.Parse(subject) is { } key && names.PoolOf(subject) is { } pool && pools.Contains(pool)) found[key] = pool;
            if (info.State.Subjects is null || info.State.Subjects.Count < Page) return found;
        }
    }
}
