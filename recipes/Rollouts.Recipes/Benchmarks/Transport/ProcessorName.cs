namespace Rollouts.Recipes;

/// <summary>What the kernel calls this machine's processor.</summary>
internal static class ProcessorName
{
    public static string Read()
    {
        var lines = File.ReadLines("/proc/cpuinfo").TakeWhile(l => l.Length > 0).Select(l => l.Split(':', 2)).Where(l => l.Length == 2).ToDictionary(l => l[0].Trim(), l => l[1].Trim());
        return $"{lines.GetValueOrDefault("model name", "unknown processor")}, family {lines.GetValueOrDefault("cpu family")} model {lines.GetValueOrDefault("model")}";
    }
}
