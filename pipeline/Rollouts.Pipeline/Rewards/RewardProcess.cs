using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Rollouts.Pipeline;

/// <summary>One worker process. It is started when it is first asked, killed when it is late, and started again when it is next asked.</summary>
internal sealed class RewardProcess(ImmutableArray<string> command, TimeSpan deadline, TimeProvider time) : IAsyncDisposable
{
    private Process? _process;
    private string _lastError = "";

    /// <summary>Sends a line and waits for the line with this id. Used by one caller at a time.</summary>
    public async Task<RewardOutcome> AskAsync(string line, string id, CancellationToken stopping)
    {
        using var late = new CancellationTokenSource(deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, late.Token);
        try
        {
            var process = _process ??= Start();
            await process.StandardInput.WriteLineAsync(line.AsMemory(), either.Token);
            await process.StandardInput.FlushAsync(either.Token);
            while (await process.StandardOutput.ReadLineAsync(either.Token) is { } answer)
                if (Read(answer, id) is { } outcome) return outcome;
            return RewardOutcome.Missing(await DescribeEndAsync());
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            Kill();
            return new RewardOutcome(null, $"'{command[0]}' gave no answer within deadlines.reward ({deadline}) and was killed", TimedOut: true);
        }
        catch (IOException)
        {
            return RewardOutcome.Missing(await DescribeEndAsync());
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return RewardOutcome.Missing($"'{command[0]}' cannot be started: {e.Message}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not { } process) return;
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2), time);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
        }

        Kill();
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
        };
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, e) => _lastError = e.Data is { Length: > 0 } text ? text : _lastError;
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>The outcome in a line; null where the line answers another, earlier question.</summary>
    private static RewardOutcome? Read(string line, string id)
    {
        try
        {
            using var answer = JsonDocument.Parse(line);
            var root = answer.RootElement;
            if (!root.TryGetProperty("id", out var name) || name.GetString() != id) return null;
            if (root.TryGetProperty("error", out var error)) return RewardOutcome.Missing($"the reward process says: {error}");
            return root.TryGetProperty("reward", out var reward) && reward.TryGetDouble(out var value)
                ? RewardOutcome.Of(value)
                : RewardOutcome.Missing($"the reward process answered without a number in \"reward\": {line}");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return RewardOutcome.Missing($"the reward process printed a line that is no JSON object: {line}");
        }
    }

    private async Task<string> DescribeEndAsync()
    {
        var process = _process!;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2), time);
        await process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var code = process.HasExited ? process.ExitCode.ToString(System.Globalization.CultureInfo.InvariantCulture) : "none";
        Kill();
        return $"'{command[0]}' ended (exit code {code}) without an answer{(_lastError.Length > 0 ? $"; it last wrote: {_lastError}" : "")}";
    }

    private void Kill()
    {
        if (_process is null) return;
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
        _process = null;
    }
}
