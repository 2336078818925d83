using System.Runtime.InteropServices;

namespace Rollouts.Cli;

/// <summary>The first Ctrl-C or SIGTERM drains, the second stops at once. Both leave a folder that resumes.</summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _signals = [];
    private int _count;

    public Interrupts(Action drain)
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM })
        {
            _signals.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                ExitCode = signal == PosixSignal.SIGTERM ? Cli.ExitCode.Terminated : Cli.ExitCode.Interrupted;
                if (Interlocked.Increment(ref _count) > 1) _stop.Cancel();
                else
                {
                    Console.Error.WriteLine("Draining: what runs is finished and committed. Once more stops at once.");
                    drain();
                }
            }));
        }
    }

    /// <summary>Cancelled by the second signal.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>130 or 143 once a signal came.</summary>
    public int ExitCode { get; private set; } = Cli.ExitCode.Interrupted;

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        _stop.Dispose();
    }
}
