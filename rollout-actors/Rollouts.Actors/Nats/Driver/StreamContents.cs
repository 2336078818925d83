using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace Rollouts.Actors.Nats;

/// <summary>What lies in a job's streams, by the groups' keys.</summary>
internal sealed class StreamContents(INatsJSContext jetStream, JobNames names)
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
    public async Task<byte[]?> WorkAsync(string subject, CancellationToken stopping)
    {
        try
        {
            var request = new StreamMsgGetRequest { LastBySubj = subject };
            var answer = await jetStream.JSRequestResponseAsync<StreamMsgGetRequest, StreamMsgGetResponse>($"$JS.API.STREAM.MSG.GET.{names.PromptStream}", request, stopping);
            return answer.Message.Data.ToArray();
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
                if (GroupKey.Parse(subject) is { } key && names.PoolOf(subject) is { } pool) found[key] = pool;
            if (info.State.Subjects is null || info.State.Subjects.Count < Page) return found;
        }
    }
}
