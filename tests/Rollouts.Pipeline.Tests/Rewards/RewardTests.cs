using Rollouts.TestSupport;

namespace Rollouts.Pipeline.Tests;

public class RewardTests
{
    private static readonly SourceSchema Schema = new([new SourceColumn("answer", SourceType.String)]);

    [Theory]
    [InlineData("The answer is 5. No, the answer is 7", "7", 1)]
    [InlineData("the answer is 8", "7", 0)]
    [InlineData("no idea", "7", 0)]
    public async Task ExactMatch_Extract_TakesTheLastAnswer(string completion, string answer, double expected) =>
        (await ScoreAsync(new ExactMatchReward("r", "answer", new AnswerPattern(@"answer is (-?\d+)")), completion, answer)).Value.ShouldBe(expected);

    [Theory]
    [InlineData("it makes 1,234.50", "1234.5", 1)]
    [InlineData("it makes -3", "3", 0)]
    [InlineData("nothing", "3", 0)]
    public async Task Numeric_LastNumber_IsComparedAsANumber(string completion, string answer, double expected) =>
        (await ScoreAsync(new NumericReward("r", "answer", null, 1e-6), completion, answer)).Value.ShouldBe(expected);

    [Theory]
    [InlineData(@"so \boxed{\frac{1}{2}}", "0.5", 1)]
    [InlineData(@"first \boxed{3} then \boxed{\text{4}}", "4", 1)]
    [InlineData(@"x = 1,000", "1000", 1)]
    [InlineData(@"The answer is 50\%.", "1/2", 1)]
    [InlineData(@"\boxed{x+1}", "x + 1", 1)]
    [InlineData(@"\boxed{x+1}", "x - 1", 0)]
    public async Task Math_BoxedOrFinal_IsComparedAsMathematics(string completion, string answer, double expected) =>
        (await ScoreAsync(new MathReward("r", "answer"), completion, answer)).Value.ShouldBe(expected);

    [Fact]
    public async Task AnyAnswer_RowWithoutTheColumn_IsMissingNotZero()
    {
        var outcome = await ScoreAsync(new ExactMatchReward("r", "solution"), "4", "4");

        outcome.Value.ShouldBeNull();
        outcome.Fault!.ShouldContain("'solution'");
    }

    [Fact]
    public async Task Process_AnswersInItsOwnTime_AndALateOneFailsAlone()
    {
        // Answers the completion's length; sleeps on "slow", fails on "bad", dies on "die".
        const string Program = """
            import sys, json, time
            for line in sys.stdin:
                q = json.loads(line)
                if q["completion"] == "slow": time.sleep(60)
                if q["completion"] == "die": sys.exit(3)
                print(json.dumps({"id": q["id"], "error": "cannot"} if q["completion"] == "bad" else {"id": q["id"], "reward": len(q["completion"]) + q["row"]["answer"].count("x")}), flush=True)
            """;
        await using var reward = new ProcessReward("p", ["python3", "-c", Program], 1, TimeSpan.FromSeconds(10), TimeProvider.System);

        var outcomes = await reward.ScoreAsync(Group(["four", "bad", "die", "four", "slow", "four"], "x"), default);

        outcomes.Select(o => o.Value).ShouldBe([5, null, null, 5, null, 5]);
        outcomes[1].Fault!.ShouldContain("cannot");
        outcomes[2].Fault!.ShouldContain("exit code 3");
        outcomes[4].TimedOut.ShouldBeTrue();
    }

    private static async Task<RewardOutcome> ScoreAsync(IReward reward, string completion, string answer) => (await reward.ScoreAsync(Group([completion], answer), default))[0];

    private static RolloutGroup Group(string[] completions, string answer)
    {
        var group = Groups.Rewarded("a", [.. completions.Select(_ => 0.0)]);
        return group with
        {
            Prompt = group.Prompt with { Row = new SourceRow(Schema, [answer]) },
            Rollouts = [.. group.Rollouts.Select((r, i) => r with { Completion = Groups.Completion(completions[i], 1) })],
        };
    }
}
