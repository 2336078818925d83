namespace Rollouts.TestSupport.Nats;

/// <summary>
/// A package of Debian or Ubuntu, downloaded (apt checks its signature) and unpacked into a folder, without root and without installing it.
/// Where this machine keeps no package lists, as in slim container images, they are fetched into the same folder.
/// </summary>
/// <param name="Name">The package.</param>
/// <param name="Program">The file of it that is wanted, relative to the root.</param>
public sealed record DistributionPackage(string Name, string Program)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>The program's path below <paramref name="folder"/>; a second call finds it there. Any number of processes may call at once: one of them fetches, the others wait.</summary>
    /// <exception cref="PackageUnavailableException">The package cannot be had here; the message holds what apt said.</exception>
    public async Task<string> FetchAsync(string folder)
    {
        var program = Path.Combine(folder, "package", Program);
        if (File.Exists(program)) return program;
        Directory.CreateDirectory(folder);
        using var deadline = new CancellationTokenSource(Patience);
        using var alone = await LockAsync(Path.Combine(folder, "lock"), deadline.Token);
        try
        {
            if (!File.Exists(program)) await UnpackAsync(folder, deadline.Token);
            return program;
        }
        catch (ExternalCommandException failed)
        {
            throw new PackageUnavailableException(failed.Message);
        }
    }

    /// <summary>The package appears by a rename, whole or not at all, so that nobody starts half a program.</summary>
    private async Task UnpackAsync(string folder, CancellationToken deadline)
    {
        var work = Path.Combine(folder, "work");
        if (Directory.Exists(work)) Directory.Delete(work, recursive: true);   // of a process that was killed
        Directory.CreateDirectory(work);
        await DownloadAsync(work, deadline);
        var unpacked = Path.Combine(work, "unpacked");
        await ExternalCommand.RunAsync(work, "dpkg", ["-x", Directory.GetFiles(work, "*.deb").Single(), unpacked], deadline);
        if (!File.Exists(Path.Combine(unpacked, Program))) throw new PackageUnavailableException($"The package {Name} holds no {Program}.");
        Directory.Move(unpacked, Path.Combine(folder, "package"));
        Directory.Delete(work, recursive: true);
    }

    private async Task DownloadAsync(string work, CancellationToken deadline)
    {
        try
        {
            await ExternalCommand.RunAsync(work, "apt-get", ["download", Name], deadline);
        }
        catch (ExternalCommandException first)
        {
            await DownloadByOwnListsAsync(work, first, deadline);
        }
    }

    private async Task DownloadByOwnListsAsync(string work, ExternalCommandException first, CancellationToken deadline)
    {
        var (lists, cache) = (Path.Combine(work, "lists"), Path.Combine(work, "cache"));
        Directory.CreateDirectory(Path.Combine(lists, "partial"));
        Directory.CreateDirectory(Path.Combine(cache, "archives", "partial"));
        // As root, apt would fetch as its own user, who may not write here.
        string[] own = ["-o", $"Dir::State::Lists={lists}", "-o", $"Dir::Cache={cache}", "-o", "APT::Sandbox::User=root"];
        try
        {
            await ExternalCommand.RunAsync(work, "apt-get", [.. own, "update"], deadline);
            await ExternalCommand.RunAsync(work, "apt-get", [.. own, "download", Name], deadline);
        }
        catch (ExternalCommandException second)
        {
            throw new PackageUnavailableException($"With this machine's package lists (apt-get update renews them): {first.Message} With lists of our own: {second.Message}");
        }
    }

    // The kernel gives the lock back when its holder dies.
    private static async Task<FileStream> LockAsync(string path, CancellationToken deadline)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException held)
            {
                if (deadline.IsCancellationRequested) throw new PackageUnavailableException($"Another process did not let go of the lock: {held.Message}");
                await Task.Delay(TimeSpan.FromMilliseconds(50), CancellationToken.None);
            }
        }
    }
}

/// <summary>A package of the distribution that this machine cannot get.</summary>
public sealed class PackageUnavailableException(string message) : Exception(message);
