using NATS.Client.Core;

namespace Rollouts.Actors.Nats;

/// <summary>Tells a job's driver which actors have died, until it has heard it.</summary>
internal sealed class DeathReporter(INatsConnection connection, TimeProvider time, CancellationToken stopping)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>A driver that has not come back by then begins with what its leases say.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    /// <summary>Sends a report, on a task of its own.</summary>
    public void Report(string job, DeathReport report) => _ = Task.Run(() => ReportAsync(new JobNames(job).Deaths, Wire.Encode(report)));

    private async Task ReportAsync(string subject, byte[] report)
    {
        var since = time.GetTimestamp();
        while (!stopping.IsCancellationRequested && time.GetElapsedTime(since) < Deadline)
        {
            try
            {
                var reply = await connection.RequestAsync<byte[], byte[]>(subject, report, replyOpts: new NatsSubOpts { Timeout = Patience }, cancellationToken: stopping);
                if (Wire.Decode<Receipt>(reply.Data) is not null) return;
            }
            catch (Exception e) when (e is NatsException or TimeoutException or OperationCanceledException)
            {
                // No driver listens now.
            }

            await Task.Delay(Pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
