namespace Rollouts.Tests;

public class LogProbDetailTests
{
    [Theory]
    [InlineData("none", 0, true)]
    [InlineData("sampled", 0, false)]
    [InlineData("1", 1, false)]
    [InlineData("1024", 1024, false)]
    public void TryParse_WhatRecipesWrite_ReadsAndPrintsIt(string text, int topK, bool isNone)
    {
        LogProbDetail.TryParse(text, out var detail).ShouldBeTrue();

        detail.ShouldBe(new LogProbDetail(topK, isNone));
        detail.ToString().ShouldBe(text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1025")]
    [InlineData("None")]
    public void TryParse_AnythingElse_IsRefused(string text) => LogProbDetail.TryParse(text, out _).ShouldBeFalse();
}
