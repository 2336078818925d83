namespace Rollouts.Engine;

/// <summary>Runs steps, in the order in which they are launched.</summary>
internal interface IStepRunner : IDisposable
{
    /// <summary>Starts a step. Its drawn tokens stand in the ticket when <see cref="Await"/> returns.</summary>
    void Launch(StepTicket step);

    /// <summary>Waits for a launched step, oldest first.</summary>
    void Await(StepTicket step);
}
