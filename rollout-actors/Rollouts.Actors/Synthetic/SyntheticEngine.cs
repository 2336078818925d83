using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Rollouts.Actors;

/// <summary>Draws tokens, lengths and failures from the rollout's id and seed alone, and takes the time that it was told to.</summary>
/// <param name="options">Speed, slots, lengths, failures.</param>
/// <param name="tokenizer">Gives the texts.</param>
/// <param name="maxLength">Tokens of prompt and completion.</param>
/// <param name="time">The clock.</param>
public sealed class SyntheticEngine(SyntheticOptions options, ITokenizer tokenizer, int maxLength, TimeProvider time) : IGenerationEngine
{
    /// <summary>z of the 99th percentile of a normal distribution.</summary>
    private const double Z99 = 2.3263478740408408;

    private readonly SemaphoreSlim _slots = new(options.MaxRunning);
    private readonly double _sigma = Math.Log((double)Math.Max(options.P99Tokens, options.MedianTokens) / options.MedianTokens) / Z99;
    private TaskCompletionSource? _paused;
    private CancellationTokenSource _abortAll = new();
    private int _waiting;
    private int _running;
    private long _tokens;

    /// <inheritdoc/>
    public EngineCapacity Capacity => new(options.MaxRunning, maxLength);

    /// <inheritdoc/>
    public EngineLoad Load => new(_running, _waiting, (double)_running / options.MaxRunning, Interlocked.Read(ref _tokens), 0);

    /// <inheritdoc/>
    public PolicyVersion Version => default;

    /// <inheritdoc/>
    public async Task<Completion> GenerateAsync(GenerationRequest request, CancellationToken abort)
    {
        var queuedAt = time.GetTimestamp();
        var whole = Draw(request);
        var before = Math.Min(request.SoFar?.TokenIds.Length ?? 0, whole.TokenIds.Length);
        Interlocked.Increment(ref _waiting);
        try
        {
            if (_paused is { } paused) await paused.Task.WaitAsync(abort);
            await _slots.WaitAsync(abort);
        }
        catch (OperationCanceledException)
        {
            return Cut(whole, before);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        Interlocked.Increment(ref _running);
        if (request.Id.Group.Prompt.Value == options.CrashOn) Environment.FailFast($"a synthetic crash (engine.crash_on: {options.CrashOn})");
        try
        {
            var queueMs = (float)time.GetElapsedTime(queuedAt).TotalMilliseconds;
            var completion = await TakeTimeAsync(whole, before, abort);
            Interlocked.Add(ref _tokens, completion.TokenIds.Length - before);
            return completion with { Timing = new CompletionTiming(queueMs, 0, (float)time.GetElapsedTime(queuedAt).TotalMilliseconds - queueMs) };
        }
        finally
        {
            Interlocked.Decrement(ref _running);
            _slots.Release();
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<GenerationDelta> StreamAsync(GenerationRequest request, [EnumeratorCancellation] CancellationToken abort)
    {
        var completion = await GenerateAsync(request, abort);
        yield return new GenerationDelta(completion.TokenIds, completion.LogProbs, completion.Text, completion);
    }

    /// <inheritdoc/>
    public async Task PauseAsync(PauseMode mode, CancellationToken cancellationToken)
    {
        Interlocked.CompareExchange(ref _paused, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null);
        if (mode == PauseMode.Abort) await Interlocked.Exchange(ref _abortAll, new CancellationTokenSource()).CancelAsync();
        if (mode == PauseMode.Keep) return;
        for (var i = 0; i < options.MaxRunning; i++) await _slots.WaitAsync(cancellationToken);
        _slots.Release(options.MaxRunning);
    }

    /// <inheritdoc/>
    public Task ResumeAsync(CancellationToken cancellationToken)
    {
        Interlocked.Exchange(ref _paused, null)?.SetResult();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _slots.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Tokens that an earlier try has generated take no time again.</summary>
    private async Task<Completion> TakeTimeAsync(Completion whole, int before, CancellationToken abort)
    {
        if (options.TokensPerSecond == 0) return abort.IsCancellationRequested ? Cut(whole, before) : whole;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(abort, _abortAll.Token);
        var startedAt = time.GetTimestamp();
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(Math.Max(1, whole.TokenIds.Length - before) / options.TokensPerSecond), time, either.Token);
            return whole;
        }
        catch (OperationCanceledException)
        {
            return Cut(whole, before + (int)(time.GetElapsedTime(startedAt).TotalSeconds * options.TokensPerSecond));
        }
    }

    private Completion Draw(GenerationRequest request)
    {
        var key = NoiseKey.For(request.Sampling.Seed, request.Id);
        var random = new SplitMix64(((ulong)key.High << 32) | key.Low);
        // Which rollouts fail follows from their ids, so they fail again however often they are tried: the kind is data.
        if (random.NextUnit() < options.FailureRate) return Completion.Failed(new RolloutFailure(FailureKind.Data, "generate", "a synthetic failure (engine.failure_rate)"));

        var room = Math.Min(request.Sampling.MaxTokens, maxLength - request.PromptTokenIds.Length);
        var sampling = request.Sampling;
        var drawn = (int)Math.Clamp(Math.Round(options.MedianTokens * Math.Exp(_sigma * random.NextNormal())), Math.Max(1, sampling.MinTokens), int.MaxValue);
        var tokens = new int[Math.Min(drawn, room)];
        var logProbs = new float[tokens.Length];
        for (var i = 0; i < tokens.Length; i++)
        {
            var bits = random.Next();
            tokens[i] = (int)((bits >> 32) * (ulong)tokenizer.VocabularySize >> 32);
            logProbs[i] = -(float)(bits & 0xFFFF) / 16384;
        }

        var finish = drawn > room ? FinishReason.Length : FinishReason.Stop;
        return new Completion(ImmutableArray.Create(tokens), [], [.. new PolicyVersion[tokens.Length]], tokenizer.Decode(tokens, true), finish, null, default)
        {
            LogProbs = sampling.LogProbs.IsNone ? [] : ImmutableArray.Create(logProbs),
            Top = Top(tokens, logProbs, sampling.LogProbs.TopK),
            PromptLogProbs = sampling.PromptLogProbs || request.Score ? [.. request.PromptTokenIds.Skip(1).Select(t => -t / 16384f)] : [],
        };
    }

    /// <summary>The drawn token first, then its neighbours.</summary>
    private TopLogProbs Top(int[] tokens, float[] logProbs, int k) => k == 0 ? TopLogProbs.None : new TopLogProbs(k,
        [.. tokens.SelectMany(t => Enumerable.Range(0, k).Select(i => (t + i) % tokenizer.VocabularySize))],
        [.. logProbs.SelectMany(p => Enumerable.Range(0, k).Select(i => p - i))]);

    private Completion Cut(Completion whole, int tokens)
    {
        tokens = Math.Min(tokens, whole.TokenIds.Length);
        return whole with
        {
            TokenIds = whole.TokenIds[..tokens],
            LogProbs = whole.LogProbs.IsEmpty ? [] : whole.LogProbs[..tokens],
            Top = whole.Top.Take(tokens),
            Versions = whole.Versions[..tokens],
            Text = tokenizer.Decode(whole.TokenIds.AsSpan()[..tokens], true),
            Finish = FinishReason.Aborted,
            Failure = null,
        };
    }
}
