using System.CommandLine;
using Rollouts.Actors;

namespace Rollouts.Cli;

/// <summary>How a verb reaches a NATS server: the keys of a recipe's <c>transport</c>, as options.</summary>
/// <param name="isRequired">Whether the verb is of no use without a server.</param>
internal sealed class ServerOptions(bool isRequired = true)
{
    private readonly Option<string?> _url = new("--url") { Description = "The NATS server: nats://host:4222 or tls://host:4222.", Required = isRequired };
    private readonly Option<string?> _creds = new("--creds-file") { Description = "A creds file (JWT and seed)." };
    private readonly Option<string?> _nkey = new("--nkey-file") { Description = "A file with a user's seed." };
    private readonly Option<string?> _user = new("--user") { Description = "A user's name." };
    private readonly Option<string?> _password = new("--password-file") { Description = "A file whose first line is the user's password." };
    private readonly Option<string?> _ca = new("--tls-ca") { Description = "Authorities that the server's certificate may be signed by." };
    private readonly Option<string?> _cert = new("--tls-cert") { Description = "The certificate that is shown to the server." };
    private readonly Option<string?> _key = new("--tls-key") { Description = "The certificate's private key." };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _url, _creds, _nkey, _user, _password, _ca, _cert, _key }) command.Options.Add(option);
    }

    /// <summary>The same options, for a process that is started.</summary>
    public IEnumerable<string> Arguments(ParseResult parsed)
    {
        foreach (var option in new Option<string?>[] { _url, _creds, _nkey, _user, _password, _ca, _cert, _key })
        {
            if (parsed.GetValue(option) is not { } value) continue;
            yield return option.Name;
            yield return value;
        }
    }

    /// <summary>Whether a server is named.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetValue(_url) is not null;

    public NatsSettings Read(ParseResult parsed)
    {
        var (ca, cert, key) = (parsed.GetValue(_ca), parsed.GetValue(_cert), parsed.GetValue(_key));
        return new NatsSettings
        {
            Url = parsed.GetValue(_url)!,
            CredsFile = parsed.GetValue(_creds),
            NKeyFile = parsed.GetValue(_nkey),
            User = parsed.GetValue(_user),
            PasswordFile = parsed.GetValue(_password),
            Tls = ca is null && cert is null && key is null ? null : new NatsTlsSettings { Ca = ca, Cert = cert, Key = key },
        };
    }
}
