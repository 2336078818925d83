using Apache.Arrow;

namespace Rollouts.Data;

/// <summary>The one mapping of rollouts to Arrow: data rows for what a group commits, failure rows for what failed.</summary>
public static class RolloutRecords
{
    /// <summary>The rows that these decided groups commit, in order.</summary>
    public static RecordBatch Data(IReadOnlyList<RolloutGroup> groups, RolloutColumns columns)
    {
        var schema = columns.DataSchema;
        var builders = new ColumnBuilders(schema.FieldsList);
        var rows = 0;
        foreach (var group in groups)
        {
            if (group.Decision!.Outcome != GroupOutcome.Committed) continue;
            var prompt = PromptText(group.Prompt);
            foreach (var rollout in group.Rollouts)
            {
                if (rollout.Failure is not null) continue;
                AppendData(builders, group, rollout, prompt, columns);
                rows++;
            }
        }

        return new RecordBatch(schema, builders.Build(), rows);
    }

    /// <summary>The failure rows of these decided groups, in order.</summary>
    public static RecordBatch Failures(IReadOnlyList<RolloutGroup> groups, RolloutColumns columns)
    {
        var schema = columns.FailureSchema;
        var builders = new ColumnBuilders(schema.FieldsList);
        var rows = 0;
        foreach (var group in groups)
        {
            foreach (var rollout in group.Rollouts)
            {
                if ((rollout.Failure ?? GroupFailure(group)) is not { } failure) continue;
                AppendFailure(builders, group, rollout, failure, columns);
                rows++;
            }
        }

        return new RecordBatch(schema, builders.Build(), rows);
    }

    /// <summary>A sibling that did not fail by itself, in a group that failed as a whole.</summary>
    private static RolloutFailure? GroupFailure(RolloutGroup group) => group.Decision!.Outcome == GroupOutcome.Failed
        ? new RolloutFailure(FailureKind.Reward, "filter", group.Decision.Reason ?? "the group failed")
        : null;

    private static void AppendData(ColumnBuilders to, RolloutGroup group, Rollout rollout, string prompt, RolloutColumns columns)
    {
        var completion = rollout.Completion!;
        AppendId(to, rollout, columns);
        to.Text(prompt);
        to.Ints(group.PromptTokenIds.AsSpan());
        to.Text(completion.Text);
        to.Ints(completion.TokenIds.AsSpan());
        to.Floats(completion.LogProbs.AsSpan(), completion.TokenIds.Length);
        to.Mask(completion.TokenIds.Length);
        to.Versions(completion.Versions.AsSpan());
        to.Text(Words<FinishReason>.Of(completion.Finish));
        to.Text(completion.StopReason);
        to.Double(rollout.Reward?.Value);
        foreach (var name in columns.Rewards) to.Double(Component(rollout.Reward, name));
        to.Float(rollout.Advantage);
        to.Long(group.Sampling.Seed);
        to.Text(rollout.Actor?.Value ?? "");
        to.Int(completion.NumPreempted);
        to.Text(null);
        to.Float(completion.Timing.QueueMs);
        to.Float(completion.Timing.PrefillMs);
        to.Float(completion.Timing.DecodeMs);
        to.Time(rollout.StartedAt);
        AppendAskedFor(to, group, completion, columns);
        to.Source(group.Prompt.Row, columns.Source);
        to.EndRow();
    }

    private static void AppendAskedFor(ColumnBuilders to, RolloutGroup group, Completion completion, RolloutColumns columns)
    {
        if (columns.TopLogProbs > 0)
        {
            var entries = completion.TokenIds.Length * columns.TopLogProbs;
            to.Ints(completion.Top.TokenIds.AsSpan(), entries);
            to.Floats(completion.Top.LogProbs.AsSpan(), entries);
        }

        if (columns.PromptLogProbs) to.Floats(completion.PromptLogProbs.AsSpan(), group.PromptTokenIds.Length - 1);
        if (columns.RoutedExperts is not null) to.BytesOrNull(completion.RoutedExperts.AsSpan());
    }

    private static void AppendFailure(ColumnBuilders to, RolloutGroup group, Rollout rollout, RolloutFailure failure, RolloutColumns columns)
    {
        AppendId(to, rollout, columns);
        to.Text(Words<FailureKind>.Of(failure.Kind));
        to.Text(failure.Stage);
        to.Text(failure.Message);
        to.Text(rollout.Actor?.Value);
        to.Text(failure.RemoteCause);
        to.Time(rollout.StartedAt);
        to.Source(group.Prompt.Row, columns.Source);
        to.EndRow();
    }

    private static void AppendId(ColumnBuilders to, Rollout rollout, RolloutColumns columns)
    {
        to.Text(columns.RunId);
        to.Text(Words<Purpose>.Of(rollout.Id.Group.Purpose));
        to.Int(rollout.Id.Group.Epoch);
        to.Text(rollout.Id.Group.Prompt.Value);
        to.Int(rollout.Id.Sibling);
        to.Int(rollout.Attempt);
    }

    private static string PromptText(Prompt prompt) => prompt.Content switch
    {
        PromptContent.Text text => text.Value,
        PromptContent.Messages messages => messages.Json,
        _ => "",
    };

    private static double? Component(Reward? reward, string name)
    {
        if (reward is null) return null;
        foreach (var component in reward.Components)
            if (component.Name == name) return component.Value;
        return null;
    }
}
