namespace Rollouts.Actors;

/// <summary>Why there is no connection to a NATS server.</summary>
public enum NatsConnectProblem
{
    /// <summary>The settings contradict each other.</summary>
    Settings,

    /// <summary>A file of the settings is missing, unreadable, or not what it should be.</summary>
    File,

    /// <summary>Nobody listens, no such host, or no answer in time.</summary>
    Unreachable,

    /// <summary>Something else than a NATS server answers, or the server gave a reason of its own.</summary>
    Refused,

    /// <summary>Wrong password, unknown key, foreign credentials, or none where some are demanded.</summary>
    Unauthorized,

    /// <summary>The credentials have expired.</summary>
    Expired,

    /// <summary>TLS is asked for and the server has none.</summary>
    NoTls,

    /// <summary>The server's certificate is of no authority that is trusted, has expired, or names another host.</summary>
    UntrustedServer,

    /// <summary>The server demands a client's certificate, or does not take the one that was shown.</summary>
    ClientCertificate,

    /// <summary>This user may not publish or subscribe where it must.</summary>
    Forbidden,

    /// <summary>The server, or this user's account, has no JetStream.</summary>
    NoJetStream,
}

/// <summary>There is no connection to a NATS server. The message is one line that names server and file and says what to do; it holds no secret.</summary>
public sealed class NatsConnectException(NatsConnectProblem problem, string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>What kind of problem it is.</summary>
    public NatsConnectProblem Problem { get; } = problem;

    /// <summary>Whether it may pass by itself within seconds: a server that is being started.</summary>
    internal bool MayPass => Problem == NatsConnectProblem.Unreachable;
}
