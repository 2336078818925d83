namespace Rollouts.Engine;

/// <summary>Runs steps, in the order in which they are launched.</summary>
internal interface IStepRunner : IDisposable
{
    /// <summary>Starts a step. Its drawn tokens stand in the ticket when <see cref="Await"/> returns.</summary>
    void Launch(StepTicket step);

    /// <summary>Waits for a launched step, oldest first.</summary>
    void Await(StepTicket step);

    /// <summary>Gives the device's memory back. No step is in flight, and no sequence has KV that is still wanted.</summary>
    /// <exception cref="NotSupportedException">There is no device whose memory others wait for.</exception>
    void Sleep() => throw new NotSupportedException("sleep: an engine on a processor has no device memory to give back");

    /// <summary>Takes the memory again.</summary>
    void Wake() => throw new NotSupportedException("wake: the engine does not sleep");
}
