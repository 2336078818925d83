using System.Collections.Concurrent;

namespace Rollouts.Integration.Tests.Nats.Campaigns;

/// <summary>Reads what actors that an agent has started tell, from files that outlive them: a file a process.</summary>
internal sealed class EventFiles : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private readonly string _folder;
    private readonly WorkLog _work;
    private readonly ConcurrentDictionary<string, (StreamReader Reader, Action<string> Take)> _files = new();
    private readonly CancellationTokenSource _over = new();
    private readonly Task _reading;

    public EventFiles(string folder, WorkLog work)
    {
        (_folder, _work) = (Directory.CreateDirectory(folder).FullName, work);
        _reading = ReadAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _reading;
        foreach (var (reader, _) in _files.Values) reader.Dispose();
    }

    private async Task ReadAsync()
    {
        while (!_over.IsCancellationRequested)
        {
            await Task.Delay(Pause, TimeProvider.System, _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var path in Directory.GetFiles(_folder)) Read(path);
        }
    }

    private void Read(string path)
    {
        var (reader, take) = _files.GetOrAdd(path, p => (new StreamReader(new FileStream(p, FileMode.Open, FileAccess.Read, FileShare.ReadWrite)), _work.ReaderOf(Path.GetFileNameWithoutExtension(p))));
        // A line is written at once, so none is seen in part.
        while (reader.ReadLine() is { } line) take(line);
    }
}
