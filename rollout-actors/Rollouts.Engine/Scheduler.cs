namespace Rollouts.Engine;

/// <summary>
/// Gives the tokens of a step to sequences until they catch up with their known tokens: that one rule is chunked prefill, prefix reuse and decode.
/// It decides by counts, never by token values, so that it can run before the tokens of the last step are known.
/// </summary>
/// <param name="window">Tokens beyond which no layer looks back; 0 where one does. Blocks behind it are given back.</param>
internal sealed class Scheduler(BlockPool pool, EngineOptions options, int window = 0)
{
    private readonly List<Sequence> _running = new(options.MaxRunning);
    private readonly LinkedList<Sequence> _waiting = new();
    private readonly Stack<int> _slots = new(Enumerable.Range(0, options.MaxRunning).Reverse());

    /// <summary>In order of admission.</summary>
    public IReadOnlyList<Sequence> Running => _running;

    public int NumWaiting => _waiting.Count;

    public long NumPreemptions { get; private set; }

    /// <summary>Whether waiting sequences may start.</summary>
    public bool Admits { get; set; } = true;

    public PolicyVersion Version { get; set; }

    public void Add(Sequence sequence) => _waiting.AddLast(sequence);

    /// <summary>Fills a step.</summary>
    /// <param name="mayPreempt">False while steps are in flight: a sequence's blocks are given up only when all its tokens are known.</param>
    /// <returns>False where it needs blocks that only a preemption gives: commit what is in flight and ask again.</returns>
    public bool TrySchedule(StepTicket step, bool mayPreempt)
    {
        step.Clear();
        step.Version = Version;
        var preempted = false;
        for (var i = 0; i < _running.Count && step.NumTokens < options.MaxBatchedTokens; i++)
        {
            var sequence = _running[i];
            if (sequence.IsFinished) continue;
            var count = Room(step, sequence);
            if (count <= 0) continue;
            while (!TryGrow(sequence, count))
            {
                if (!mayPreempt) return step.Items.Count > 0;
                preempted = true;
                var youngest = _running[^1];
                Preempt(youngest);
                if (youngest == sequence) return true;
            }

            Take(step, sequence, count);
        }

        if (!preempted && Admits) Admit(step);
        return true;
    }

    /// <summary>Takes a sequence that has ended out, once no step in flight has it.</summary>
    public void Remove(Sequence sequence)
    {
        if (_running.Remove(sequence)) GiveUp(sequence);
        else _waiting.Remove(sequence);
    }

    /// <summary>Gives up the KV of all that run, and all names of blocks; they wait, in the order in which they ran, to be computed again. No step may be in flight.</summary>
    public void PreemptAll()
    {
        while (_running.Count > 0) Preempt(_running[^1]);
        pool.ForgetAll();
    }

    /// <summary>All that wait or run, for an abort of everything.</summary>
    public Sequence[] Everything() => [.. _running, .. _waiting];

    /// <summary>Names the blocks that have become full of committed tokens.</summary>
    public void PublishCommitted(Sequence sequence) => Publish(sequence, Math.Min(sequence.NumComputed, sequence.Tokens.Length));

    /// <summary>Tokens that this step may take of a sequence. One that has drawn, or is drawing, the last token that it may have needs no more.</summary>
    private int Room(StepTicket step, Sequence sequence)
    {
        if (sequence.NumPlanned >= sequence.MaxCount) return 0;
        var room = Math.Min(sequence.NumPlanned - sequence.NumComputed, options.MaxBatchedTokens - step.NumTokens);
        var scored = options.MaxScoredRows - step.NumScoredRows;
        return sequence.NumScored(sequence.NumComputed, room) > scored ? scored : room;
    }

    private void Admit(StepTicket step)
    {
        while (_waiting.First is { Value: var sequence } && _running.Count < options.MaxRunning && step.NumTokens < options.MaxBatchedTokens)
        {
            ReusePrefix(sequence);
            var count = Room(step, sequence);
            if (count <= 0 || !TryGrow(sequence, count))
            {
                GiveUp(sequence);
                return;
            }

            _waiting.RemoveFirst();
            _running.Add(sequence);
            sequence.Slot = _slots.Pop();
            sequence.BlockTable.EnsureCapacity((sequence.MaxCount + options.BlockSize - 1) / options.BlockSize);
            Take(step, sequence, count);
        }
    }

    private void Take(StepTicket step, Sequence sequence, int count)
    {
        var start = sequence.NumComputed;
        sequence.NumComputed += count;
        var draws = sequence.NumComputed == sequence.NumPlanned;
        step.Add(new StepItem(sequence, start, count, sequence.NumScored(start, count), draws, sequence.NumPlanned - sequence.NumPrompt, 0));
        sequence.NumInFlight++;
        if (draws) sequence.NumPlanned++;
        // A step stores the KV of all its tokens before any of them attends, and steps run in order: blocks of known tokens
        // can be named as soon as they are launched, and siblings that start in the same step share their prompt.
        Publish(sequence, Math.Min(sequence.NumComputed, sequence.Tokens.Length));
    }

    /// <summary>Takes up the blocks of an equal beginning, as far as their logits are not needed: one must be computed to draw the next token.</summary>
    private void ReusePrefix(Sequence sequence)
    {
        if (!options.PrefixCache) return;
        var tokens = sequence.Tokens;
        while ((sequence.NumPublished + 1) * options.BlockSize <= sequence.NumReusable)
        {
            var hash = BlockHash.Of(sequence.Chain, tokens.Slice(sequence.NumPublished * options.BlockSize, options.BlockSize), Version);
            var block = pool.Find(hash);
            if (block < 0) return;
            pool.Retain(block);
            sequence.BlockTable.Add(block);
            sequence.Chain = hash;
            sequence.NumPublished++;
            sequence.NumComputed += options.BlockSize;
        }
    }

    private void Publish(Sequence sequence, int numTokens)
    {
        if (!options.PrefixCache) return;
        for (; (sequence.NumPublished + 1) * options.BlockSize <= numTokens; sequence.NumPublished++)
        {
            var hash = BlockHash.Of(sequence.Chain, sequence.Tokens.Slice(sequence.NumPublished * options.BlockSize, options.BlockSize), Version);
            pool.Publish(sequence.BlockTable[sequence.NumPublished], hash);
            sequence.Chain = hash;
        }
    }

    private bool TryGrow(Sequence sequence, int count)
    {
        GiveBackBehindWindow(sequence);
        var blocks = (sequence.NumComputed + count + options.BlockSize - 1) / options.BlockSize;
        if (blocks - sequence.BlockTable.Count > pool.NumFree) return false;
        while (sequence.BlockTable.Count < blocks) sequence.BlockTable.Add(pool.Rent());
        return true;
    }

    /// <summary>
    /// Blocks that no later token looks back to go back at once, for steps run in order: whoever takes one up writes to it after all that was launched has read it.
    /// Those that have no name yet wait, for their tokens are not known.
    /// </summary>
    private void GiveBackBehindWindow(Sequence sequence)
    {
        if (window == 0) return;
        var behind = Math.Max(0, sequence.NumComputed + 1 - window) / options.BlockSize;
        if (options.PrefixCache) behind = Math.Min(behind, sequence.NumPublished);
        for (; sequence.NumGivenBack < behind; sequence.NumGivenBack++)
        {
            pool.Release(sequence.BlockTable[sequence.NumGivenBack]);
            sequence.BlockTable[sequence.NumGivenBack] = Sequence.GivenBack;
        }
    }

    private void Preempt(Sequence sequence)
    {
        _running.Remove(sequence);
        GiveUp(sequence);
        sequence.NumPreempted++;
        NumPreemptions++;
        _waiting.AddFirst(sequence);
    }

    private void GiveUp(Sequence sequence)
    {
        if (sequence.Slot >= 0) _slots.Push(sequence.Slot);
        // Backwards, so that the beginnings, which others may share, are handed out last.
        for (var i = sequence.BlockTable.Count - 1; i >= sequence.NumGivenBack; i--) pool.Release(sequence.BlockTable[i]);
        sequence.Reset();
    }
}
