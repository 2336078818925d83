using System.Globalization;
using System.Text.Json;
using Rollouts.Recipes;
using Spectre.Console;

namespace Rollouts.Cli;

/// <summary>Shows a run: a live line on a terminal, plain lines when piped, JSON lines for machines. Progress goes to standard error, the summary to standard output.</summary>
internal sealed class ProgressView
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly bool _json;
    private readonly bool _live;

    private ProgressView(bool json, bool live) => (_json, _live) = (json, live);

    public static ProgressView Create(bool json) => new(json, !json && !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null);

    public void Begin(RolloutJob job)
    {
        if (job.NumDecidedBefore > 0) Console.Error.WriteLine($"Resuming {job.Folder}: {job.NumDecidedBefore} groups are decided already.");
    }

    /// <summary>Shows progress until it is disposed.</summary>
    public IAsyncDisposable Watch(RolloutJob job) => new Watcher(this, job);

    public void End(RunSummary summary)
    {
        if (_json) Console.Out.WriteLine(JsonSerializer.Serialize(new { Kind = "summary", summary.Folder, summary.Interrupted, summary.Accounting, summary.Progress, summary.Transport }, SnakeCase));
        else
        {
            var reward = summary.Progress.RewardMean is { } mean ? string.Create(CultureInfo.InvariantCulture, $", reward mean {mean:F3}") : "";
            Console.Out.WriteLine($"{(summary.Interrupted ? "Interrupted" : "Done")}: {summary.Accounting}");
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{summary.Progress.Tokens} tokens in {summary.Progress.Elapsed.TotalSeconds:F1} s, {summary.Progress.TokensPerSecond:F0} tokens/s{reward}"));
            if (summary.Transport is { } transport) Console.Out.WriteLine($"NATS: {transport}");
            Console.Out.WriteLine($"Rollouts are in {summary.Folder}{(summary.Accounting.Failed > 0 ? $"; failures say why in {Path.Combine(summary.Folder, "failures")}" : "")}");
        }
    }

    private static string Line(RunProgress p)
    {
        var reward = p.RewardMean is { } mean ? string.Create(CultureInfo.InvariantCulture, $", reward {mean:F3}") : "";
        var eta = p.Eta is { } left ? string.Create(CultureInfo.InvariantCulture, $", {left:hh\\:mm\\:ss} left") : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"{p.Accounting.Decided}/{p.TotalRollouts} rollouts, {p.TokensPerSecond:F0} tokens/s, {p.Running} running, {p.Waiting} waiting{reward}{eta}");
    }

    private sealed class Watcher : IAsyncDisposable
    {
        private readonly CancellationTokenSource _done = new();
        private readonly Task _loop;

        public Watcher(ProgressView view, RolloutJob job) => _loop = Task.Run(() => LoopAsync(view, job));

        public async ValueTask DisposeAsync()
        {
            await _done.CancelAsync();
            await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _done.Dispose();
        }

        private async Task LoopAsync(ProgressView view, RolloutJob job)
        {
            if (view._live)
            {
                var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
                await console.Status().StartAsync("Starting", context => EachAsync(TimeSpan.FromMilliseconds(250), () => context.Status(Markup.Escape(Line(job.Progress)))));
                return;
            }

            await EachAsync(TimeSpan.FromSeconds(5), () => Write(view, job.Progress));
        }

        private static void Write(ProgressView view, RunProgress progress)
        {
            if (view._json) Console.Out.WriteLine(JsonSerializer.Serialize(new { Kind = "progress", Progress = progress }, SnakeCase));
            else Console.Error.WriteLine(Line(progress));
        }

        private async Task EachAsync(TimeSpan interval, Action show)
        {
            using var timer = new PeriodicTimer(interval);
            while (await timer.WaitForNextTickAsync(_done.Token)) show();
        }
    }
}
