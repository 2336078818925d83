using System.Text;

namespace Rollouts.Models.Tests;

public class NormalizationBarrierTests
{
    [Theory]
    [InlineData("e\u0301", "\u00E9")]
    [InlineData("a\u0323\u0307", "\u1EA1\u0307")]
    [InlineData("\u09FE\u0B3C", "\u09FE\u0B3C")]
    [InlineData("e\u1AC1\u0301", "e\u1AC1\u0301")]
    [InlineData("\U00011935\U00011930e\u0301", "\U00011935\U00011930\u00E9")]
    [InlineData("e\u0301\uFFFEe\u0301", "\u00E9\uFFFE\u00E9")]
    [InlineData("", "")]
    public void Normalize_MarksOfAnyAge_AreTakenAsTheReferenceTakesThem(string text, string expected) => NormalizationBarrier.Normalize(text).ShouldBe(expected);

    [Fact]
    public void Normalize_TextWithoutLateMarks_IsNfc()
    {
        var random = new Random(4);
        for (var trial = 0; trial < 500; trial++)
        {
            var text = string.Concat(Enumerable.Range(0, 20).Select(_ => char.ConvertFromUtf32(random.Next(0x20, 0x7C0))));

            NormalizationBarrier.Normalize(text).ShouldBe(text.Normalize(NormalizationForm.FormC));
        }
    }
}
