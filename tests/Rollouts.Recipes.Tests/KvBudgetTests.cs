namespace Rollouts.Recipes.Tests;

public class KvBudgetTests
{
    [Theory]
    [InlineData("auto", null, null)]
    [InlineData("512MiB", 512L << 20, null)]
    [InlineData("80%", null, 0.8)]
    [InlineData("12.5%", null, 0.125)]
    public void TryParse_Budget_IsWrittenTheSame(string text, long? bytes, double? share)
    {
        KvBudget.TryParse(text, out var budget).ShouldBeTrue();

        budget.ShouldBe(new KvBudget(bytes, share));
        budget.ToString().ShouldBe(text);
    }

    [Theory]
    [InlineData("0%")]
    [InlineData("101%")]
    [InlineData("-5MiB")]
    [InlineData("much")]
    public void TryParse_AnythingElse_IsNone(string text) => KvBudget.TryParse(text, out _).ShouldBeFalse();
}
