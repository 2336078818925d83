using System.Security;

namespace Rollouts.Actors;

/// <summary>Reads files whose content must not reach a message.</summary>
internal static class SecretFiles
{
    private const long MaxBytes = 1 << 20;

    /// <param name="path">The file.</param>
    /// <param name="key">The key of the settings that names it.</param>
    /// <exception cref="NatsConnectException">It cannot be read: names key and path.</exception>
    public static string Read(string path, string key)
    {
        try
        {
            if (new FileInfo(path).Length > MaxBytes) throw Fault(path, key, "is larger than 1 MiB");
            return File.ReadAllText(path);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Fault(path, key, Directory.Exists(path) ? "is a folder" : "does not exist");
        }
        catch (Exception unreadable) when (unreadable is UnauthorizedAccessException or SecurityException)
        {
            throw Fault(path, key, "may not be read by this user");
        }
        catch (Exception unreadable) when (unreadable is IOException and not NatsConnectException)
        {
            throw Fault(path, key, $"cannot be read ({unreadable.GetType().Name})");
        }
    }

    /// <summary>A fault that names the file and nothing of what is in it.</summary>
    public static NatsConnectException Fault(string path, string key, string message) => new(NatsConnectProblem.File, $"transport.{key}: {path} {message}");
}
