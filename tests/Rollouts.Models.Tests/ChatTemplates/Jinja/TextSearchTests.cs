using Rollouts.Models.Jinja;

namespace Rollouts.Models.Tests.ChatTemplates.Jinja;

public class TextSearchTests
{
    [Fact]
    public void FindAll_RandomTexts_FindsWhatTheRuntimeFinds()
    {
        var random = new Random(3);
        for (var i = 0; i < 2_000; i++)
        {
            var text = Letters(random, random.Next(0, 300));
            var pattern = random.Next(3) == 0 && text.Length > 40 ? text[random.Next(20)..^random.Next(20)] : Letters(random, random.Next(1, 60));

            TextSearch.FindAll(text, pattern).ShouldBe(Reference(text, pattern));
        }
    }

    private static IEnumerable<int> Reference(string text, string pattern)
    {
        for (var at = text.IndexOf(pattern, StringComparison.Ordinal); at >= 0; at = text.IndexOf(pattern, at + pattern.Length, StringComparison.Ordinal)) yield return at;
    }

    private static string Letters(Random random, int length) => string.Concat(Enumerable.Range(0, length).Select(_ => random.Next(8) == 0 ? 'b' : 'a'));
}
