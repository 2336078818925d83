using Rollouts.TestSupport;

namespace Rollouts.Engine.Tests;

/// <summary>Stop strings over tokens of several letters, against the definition on the text of a run that does not stop.</summary>
public class StopStringTests
{
    private const string Model = "llama-gqa-llama3rope";
    private static readonly SamplingParams Sampling = new() { MaxTokens = 40, IgnoreEos = true };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Stream_AnyStopStrings_StopsWhereTheTextSaysAndTellsItOnce(int depth)
    {
        var tokenizer = new PieceTokenizer(Engines.Vocabulary, seed: 3);
        await using var engine = EngineLoader.Load(Fixtures.Path("models", Model), Kernels.ElementType.Float32, new EngineOptions { Deterministic = true, PipelineDepth = depth, Threads = 2, KvBytes = 64 << 20 }, tokenizer);
        var (random, numStopped) = (new Random(4), 0);
        for (var trial = 0; trial < 30; trial++)
        {
            var sampling = Sampling with { Seed = trial, MinTokens = random.Next(3) * random.Next(20), IncludeStop = trial % 2 == 0, Stop = [.. Enumerable.Range(0, 1 + random.Next(3)).Select(_ => Letters(random, 1 + random.Next(7)))] };
            var request = Engines.Request("p", [1, 2, 3], sampling);
            var free = await engine.GenerateAsync(request with { Sampling = sampling with { Stop = [] } }, default);

            var deltas = new List<GenerationDelta>();
            await foreach (var delta in engine.StreamAsync(request, default)) deltas.Add(delta);

            var completion = deltas[^1].Completion!;
            var (tokens, stop, text) = Definition(free, tokenizer, sampling);
            completion.TokenIds.AsEnumerable().ShouldBe(free.TokenIds[..tokens], $"trial {trial}");
            (completion.StopReason, completion.Text).ShouldBe((stop, text), $"trial {trial}");
            string.Concat(deltas.Select(d => d.Text)).ShouldBe(text, $"trial {trial}");
            deltas.SelectMany(d => d.TokenIds).ShouldBe(completion.TokenIds);
            if (stop is not null) numStopped++;
        }

        numStopped.ShouldBeInRange(10, 29);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Generate_StopTokenBeforeMinTokens_IsNotDrawn(int depth)
    {
        await using var engine = Engines.Load(Model, options: new EngineOptions { Deterministic = true, PipelineDepth = depth });
        var free = await engine.GenerateAsync(Engines.Request("p", [1, 2, 3], Sampling), default);
        var second = free.TokenIds[1];

        var early = await engine.GenerateAsync(Engines.Request("p", [1, 2, 3], Sampling with { StopTokenIds = [second] }), default);
        var late = await engine.GenerateAsync(Engines.Request("p", [1, 2, 3], Sampling with { StopTokenIds = [second], MinTokens = 20 }), default);

        early.TokenIds.Length.ShouldBe(free.TokenIds.IndexOf(second) + 1);
        late.TokenIds.Length.ShouldBeGreaterThan(20);
        late.TokenIds[..20].ShouldNotContain(second);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stream_StopToken_LeavesItsTextToIncludeStop(bool include)
    {
        await using var engine = Engines.Load(Model);
        var free = await engine.GenerateAsync(Engines.Request("p", [1, 2, 3], Sampling), default);
        var stop = free.TokenIds[5];
        var end = free.TokenIds.IndexOf(stop);
        var text = "";
        Completion? completion = null;

        await foreach (var delta in engine.StreamAsync(Engines.Request("p", [1, 2, 3], Sampling with { StopTokenIds = [stop], IncludeStop = include }), default)) (text, completion) = (text + delta.Text, delta.Completion);

        text.ShouldBe(ToyTokenizer.Text([.. free.TokenIds[..(end + (include ? 1 : 0))]]));
        completion!.Text.ShouldBe(text);
        completion.TokenIds.Length.ShouldBe(end + 1);
    }

    [Fact]
    public void Add_StopStringOfByteTokens_IsFoundAtTheTokenThatCompletesIt()
    {
        // A sentencepiece vocabulary has no newline: it is the byte token <0x0A>, whose run is text only when it has ended.
        var tokenizer = Models.Tokenizer.Load(Fixtures.Path("tokenizers", "sentencepiece-llama2"));
        int[] ids = [.. tokenizer.Encode("Yes", addSpecialTokens: false, recogniseAddedTokens: false), tokenizer.TokenId("<0x0A>")!.Value, tokenizer.TokenId("<0x0A>")!.Value];
        var watcher = new StopWatcher(tokenizer, Sampling with { Stop = ["\n\n"] }, []);

        var found = ids.Select(watcher.Add).ToArray();

        found[..^1].ShouldAllBe(f => f.Stop == null);
        found[^1].ShouldBe(("\n\n", 3));
        watcher.Upto(3).ShouldBe("Yes");
        watcher.Upto(5).ShouldBe("Yes\n\n");
    }

    /// <summary>Token by token: the first, after min_tokens, that ends an occurrence of a stop string; of several the one that begins first.</summary>
    private static (int Tokens, string? Stop, string Text) Definition(Completion free, PieceTokenizer tokenizer, SamplingParams sampling)
    {
        var text = "";
        for (var count = 1; count <= free.TokenIds.Length; count++)
        {
            var before = text.Length;
            text = tokenizer.Decode(free.TokenIds.AsSpan()[..count], true);
            var found = sampling.Stop.SelectMany((stop, order) => Enumerable.Range(0, text.Length)
                    .Where(at => at + stop.Length > before && at + stop.Length <= text.Length && text.AsSpan(at).StartsWith(stop, StringComparison.Ordinal)).Select(at => (at, order, stop)))
                .Order().ToArray();
            if (count > sampling.MinTokens && found is [var first, ..]) return (count, first.stop, text[..(sampling.IncludeStop ? first.at + first.stop.Length : first.at)]);
        }

        return (free.TokenIds.Length, null, text);
    }

    private static string Letters(Random random, int count) => string.Concat(Enumerable.Range(0, count).Select(_ => "abc"[random.Next(3)]));
}
