using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;

namespace Rollouts.TestSupport.Network;

/// <summary>
/// A network of its own with one cable (a veth pair) to this machine: what runs in it loses the network when the cable is pulled, as on another host. Needs root and iproute2.
/// Disposal takes everything away; what a killed test left is taken away by the next one.
/// </summary>
public sealed class NetworkNamespace : IAsyncDisposable
{
    private const string Prefix = "rollouts-";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly string _name;
    private readonly string _outside;
    private readonly string _inside;
    private readonly ConcurrentBag<int> _started = [];

    private NetworkNamespace(int number)
    {
        var subnet = RandomNumberGenerator.GetInt32(1 << 15) << 2;   // of 198.18.0.0/15, which is for tests of networks (RFC 2544)
        _name = $"{Prefix}{Environment.ProcessId}-{number:x}";
        (_outside, _inside) = ($"vo{number:x8}", $"vi{number:x8}");
        OutsideAddress = Address(subnet + 1);
        InsideAddress = Address(subnet + 2);
    }

    /// <summary>This machine's end of the cable.</summary>
    public IPAddress OutsideAddress { get; }

    /// <summary>The other end.</summary>
    public IPAddress InsideAddress { get; }

    /// <summary>Makes one, with the cable plugged in.</summary>
    /// <exception cref="NetworkNamespaceUnavailableException">This machine makes none.</exception>
    public static async Task<NetworkNamespace> CreateAsync()
    {
        var made = new NetworkNamespace(RandomNumberGenerator.GetInt32(int.MaxValue));
        try
        {
            await RemoveLeftoversAsync();
            await made.BuildAsync();
            return made;
        }
        catch (ExternalCommandException refused)
        {
            await made.DisposeAsync();
            var message = $"No network namespaces here (root and iproute2 are needed): {refused.Message}";
            await Console.Error.WriteLineAsync(message);
            throw new NetworkNamespaceUnavailableException(message);
        }
    }

    /// <summary>Starts a program inside; it does not outlive this namespace.</summary>
    public Process Start(ProcessStartInfo program)
    {
        string[] arguments = ["netns", "exec", _name, program.FileName, .. program.ArgumentList];
        program.FileName = "ip";
        program.ArgumentList.Clear();
        foreach (var argument in arguments) program.ArgumentList.Add(argument);
        var process = Process.Start(program)!;
        _started.Add(process.Id);
        return process;
    }

    /// <summary>Pulls the cable: nothing gets through, and nobody is told.</summary>
    public Task PullAsync() => IpAsync("link", "set", _outside, "down");

    /// <summary>Plugs it in again.</summary>
    public Task PlugAsync() => IpAsync("link", "set", _outside, "up");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // One that is only about to enter the namespace is not yet listed there.
        while (_started.TryTake(out var process)) Kill(process);
        await TryIpAsync("link", "delete", _outside);   // the kernel would do it later, by itself
        await RemoveAsync(_name);
    }

    private async Task BuildAsync()
    {
        await IpAsync("netns", "add", _name);
        await IpAsync("link", "add", _outside, "type", "veth", "peer", "name", _inside, "netns", _name);
        await IpAsync("address", "add", $"{OutsideAddress}/30", "dev", _outside);
        await IpAsync("-netns", _name, "address", "add", $"{InsideAddress}/30", "dev", _inside);
        await IpAsync("-netns", _name, "link", "set", "lo", "up");
        await IpAsync("-netns", _name, "link", "set", _inside, "up");
        await PlugAsync();
    }

    /// <summary>A namespace's name holds the process that made it: those of dead processes are taken away.</summary>
    private static async Task RemoveLeftoversAsync()
    {
        foreach (var line in (await IpAsync("netns", "list")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = line.Split(' ')[0];
            if (name.StartsWith(Prefix, StringComparison.Ordinal) && name[Prefix.Length..].Split('-') is [var maker, _] && !Directory.Exists($"/proc/{maker}")) await RemoveAsync(name);
        }
    }

    private static async Task RemoveAsync(string name)
    {
        foreach (var process in (await TryIpAsync("netns", "pids", name)).Split('\n', StringSplitOptions.RemoveEmptyEntries)) Kill(int.Parse(process, CultureInfo.InvariantCulture));
        await TryIpAsync("netns", "delete", name);
    }

    private static void Kill(int process)
    {
        try
        {
            Process.GetProcessById(process).Kill();
        }
        catch (Exception ended) when (ended is ArgumentException or InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    /// <summary>Nothing where it failed: what is to be removed is not there.</summary>
    private static async Task<string> TryIpAsync(params string[] arguments)
    {
        try
        {
            return await IpAsync(arguments);
        }
        catch (ExternalCommandException)
        {
            return "";
        }
    }

    private static async Task<string> IpAsync(params string[] arguments)
    {
        using var deadline = new CancellationTokenSource(Patience);
        return await ExternalCommand.RunAsync("/", "ip", arguments, deadline.Token);
    }

    private static IPAddress Address(int host) => new([198, (byte)(18 + (host >> 16)), (byte)(host >> 8), (byte)host]);
}

/// <summary>This machine makes no network namespaces: what needs one is skipped (<c>SkipExceptions</c>), and says why.</summary>
public sealed class NetworkNamespaceUnavailableException(string message) : Exception(message);
