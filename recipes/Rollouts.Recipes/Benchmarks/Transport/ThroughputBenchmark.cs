using System.Globalization;
using Rollouts.Actors;
using Rollouts.Actors.Nats;
using Rollouts.Data;

namespace Rollouts.Recipes;

/// <summary>The transport against raw JetStream, round by round in turn.</summary>
internal static class ThroughputBenchmark
{
    private const int WarmUp = 4;

    /// <param name="groups">Groups a round.</param>
    /// <param name="inFlight">Groups at once, in both.</param>
    public static async Task<string> RunAsync(NatsSettings settings, ITokenizer tokenizer, int tokens, int groups, int inFlight, int rounds, CancellationToken stopping)
    {
        var work = new BenchWork(tokens);
        var recorded = await RecordedEngine.DrawAsync(work.Request(0), tokenizer, tokens);
        var codec = new ArrowRolloutCodec();
        var request = codec.EncodeRequest(work.Request(0));
        var answer = codec.EncodeAnswer(new RolloutAnswer(work.Request(0).Group, 0, new RolloutResult(new ActorId("bench"), DateTimeOffset.UnixEpoch, recorded)));
        await using var raw = await RawJetStream.OpenAsync(settings, request, answer, inFlight, stopping);
        await using var transport = await TransportUnderTest.OpenAsync(settings, work, recorded, inFlight, stopping);
        var (rates, bare, ratios) = (new double[rounds], new double[rounds], new double[rounds]);
        for (var i = -WarmUp; i < rounds; i++)
        {
            var first = groups / await raw.MeasureAsync(groups, stopping);
            var second = groups / await transport.MeasureAsync(groups, stopping);
            if (i >= 0) (bare[i], rates[i], ratios[i]) = (first, second, second / first);
        }

        var (mine, theirs) = (Alternating.Median(rates), Alternating.Median(bare));
        var bytes = request.Length + answer.Length;
        return string.Create(CultureInfo.InvariantCulture,
            $"groups of {BenchWork.Siblings} x {tokens} tokens ({request.Length} + {answer.Length} bytes), {inFlight} at once: transport {mine:F0} groups/s, {mine * bytes / 1e6:F1} MB/s; raw JetStream {theirs:F0} groups/s, {theirs * bytes / 1e6:F1} MB/s; ratio {Alternating.Median(ratios):F2} (median of {rounds} rounds of {groups}, {ratios.Min():F2} to {ratios.Max():F2})");
    }
}
