namespace Rollouts.TestSupport;

/// <summary>Where things are in the checkout.</summary>
public static class Fixtures
{
    /// <summary>The checkout's root.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Golden data.</summary>
    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, "tests", "fixtures", .. parts]);

    /// <summary>Names of the folders in a folder of golden data.</summary>
    public static string[] Names(string folder) => [.. Directory.GetDirectories(Path(folder)).Select(d => System.IO.Path.GetFileName(d)).Order(StringComparer.Ordinal)];

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(System.IO.Path.Combine(folder, "Rollouts.sln")))
            folder = Directory.GetParent(folder)?.FullName ?? throw new DirectoryNotFoundException("The tests run inside a checkout.");
        return folder;
    }
}
