using Rollouts.Kernels;
using Rollouts.Models;

namespace Rollouts.Engine;

/// <summary>Writes steps for the device: decodes of one token each as they come, others with their prompts last, where flash attention takes them.</summary>
internal sealed class StepWriter(DeviceTables tables, DeviceEdits edits, int maxSequences, int maxPromptKeys)
{
    private readonly int[] _firstTokens = new int[maxSequences];

    /// <summary>Whether every sequence has one token, draws one, and nothing else is asked for.</summary>
    public static bool IsDecode(StepTicket step)
    {
        foreach (var item in step.Items)
            if (item.Count != 1 || !item.Draws || item.NumScored > 0) return false;
        return true;
    }

    /// <summary>Rows of a decode step: row i is token i is item i. Rows up to <paramref name="paddedRows"/> are empty.</summary>
    public void WriteDecode(StepTicket step, StepBuffer buffer, PendingStep pending, int paddedRows)
    {
        buffer.Updates[0] = 0;
        for (var i = 0; i < step.Items.Count; i++)
        {
            WriteTokens(step.Items[i], buffer, i);
            WriteRow(step.Items[i], buffer, pending, i, i, -1);
        }

        for (var i = step.Items.Count; i < paddedRows; i++)
        {
            (buffer.Tokens[i], buffer.Positions[i], buffer.Slots[i], buffer.Lengths[i], buffer.Sequences[i]) = (0, 0, -1, 0, 0);
            (buffer.RowSlots[i], buffer.Completed[i], buffer.Settings[i]) = (-1, 0, DeviceSamplingRow.Greedy);
        }
    }

    /// <summary>Any step; gives what flash attention takes of it, addresses to be filled in.</summary>
    public (int Rows, PromptRuns Prompts) Write(StepTicket step, StepBuffer buffer, PendingStep pending)
    {
        buffer.Updates[0] = 0;
        var (token, keys) = (0, 0);
        for (var i = 0; i < step.Items.Count; i++)
        {
            if (step.Items[i].Count > 1) keys += step.Items[i].Start + step.Items[i].Count;
            else token = WriteItem(step.Items[i], buffer, i, token);
        }

        var runs = WritePrompts(step, buffer, token);
        return (WriteRows(step, buffer, pending), keys > maxPromptKeys ? default : runs);
    }

    private PromptRuns WritePrompts(StepTicket step, StepBuffer buffer, int firstToken)
    {
        var (token, count, keys, longest, longestKeys) = (firstToken, 0, 0, 0, 0);
        for (var i = 0; i < step.Items.Count; i++)
        {
            var item = step.Items[i];
            if (item.Count == 1) continue;
            (buffer.QueryStarts[count], buffer.KeyStarts[count], buffer.Prompts[count]) = (token - firstToken, keys, item.Sequence.Slot);
            token = WriteItem(item, buffer, i, token);
            count++;
            keys += item.Start + item.Count;
            (longest, longestKeys) = (Math.Max(longest, item.Count), Math.Max(longestKeys, item.Start + item.Count));
        }

        (buffer.QueryStarts[count], buffer.KeyStarts[count]) = (token - firstToken, keys);
        return new PromptRuns(count, firstToken, longest, longestKeys, keys, 0, 0, 0);
    }

    private int WriteRows(StepTicket step, StepBuffer buffer, PendingStep pending)
    {
        var row = 0;
        for (var i = 0; i < step.Items.Count; i++)
        {
            var item = step.Items[i];
            for (var r = 0; r < item.NumRows; r++)
            {
                buffer.LogitRows[row] = _firstTokens[i] + item.TokenOfRow(r);
                WriteRow(item, buffer, pending, row++, i, r < item.NumScored ? r : -1);
            }
        }

        return row;
    }

    private int WriteItem(in StepItem item, StepBuffer buffer, int index, int at)
    {
        _firstTokens[index] = at;
        WriteTokens(item, buffer, at);
        return at + item.Count;
    }

    private void WriteTokens(in StepItem item, StepBuffer buffer, int at)
    {
        var sequence = item.Sequence;
        var known = sequence.Tokens;
        var blocks = sequence.BlockTable;
        tables.Update(sequence, buffer.Updates);
        Span<int> tokens = buffer.Tokens, positions = buffer.Positions, slots = buffer.Slots, lengths = buffer.Lengths, sequences = buffer.Sequences;
        for (var i = 0; i < item.Count; i++)
        {
            var position = item.Start + i;
            tokens[at + i] = position < known.Length ? known[position] : -1;
            positions[at + i] = position;
            slots[at + i] = blocks[position / DevicePagedKv.BlockSize] * DevicePagedKv.BlockSize + position % DevicePagedKv.BlockSize;
            lengths[at + i] = position + 1;
            sequences[at + i] = sequence.Slot;
        }
    }

    private void WriteRow(in StepItem item, StepBuffer buffer, PendingStep pending, int row, int index, int scored)
    {
        pending.AddRow(index, scored);
        var sequence = item.Sequence;
        if (scored >= 0)
        {
            (buffer.RowSlots[row], buffer.Completed[row], buffer.Settings[row]) = (-1, 0, DeviceSamplingRow.Scored(sequence.Tokens[item.Start + scored + 1]));
            return;
        }

        (buffer.RowSlots[row], buffer.Completed[row], buffer.Settings[row]) = (sequence.Slot, item.Position, SequenceSampling.RowOf(sequence));
        if (DeviceEdits.Changes(sequence)) edits.Apply(sequence, ref buffer.Settings[row]);
    }
}
