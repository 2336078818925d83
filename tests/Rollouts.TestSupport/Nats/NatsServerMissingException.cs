namespace Rollouts.TestSupport.Nats;

/// <summary>This machine has no nats-server and gets none: what needs one is skipped (<c>SkipExceptions</c>), and says why.</summary>
public sealed class NatsServerMissingException(string message) : Exception(message);
