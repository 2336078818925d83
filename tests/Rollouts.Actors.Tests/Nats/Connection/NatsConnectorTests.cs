using Rollouts.TestSupport;

namespace Rollouts.Actors.Tests.Nats.Connection;

/// <summary>What is found before a socket is opened. What a real server says is tested with one (Rollouts.Integration.Tests).</summary>
public sealed class NatsConnectorTests : IDisposable
{
    private const string Secret = "SUAMK2FG4MI6UE3ACF3FK3OIQBCEIEZV7NSWFFEW63UXMRLFM2XLAXK4G5";   // well formed, with a wrong checksum
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Open_ContradictingSettings_ListsAllOfThem()
    {
        var settings = new NatsSettings { Url = "nats://me:hunter2@host", CredsFile = "a", User = "me", Lease = TimeSpan.FromMilliseconds(1) };

        var problem = await ProblemAsync(settings);

        problem.Problem.ShouldBe(NatsConnectProblem.Settings);
        problem.Message.ShouldBe("transport.url holds a user or a password; write user and password_file instead; transport.user is a second kind of credentials beside creds_file; keep one; "
            + "transport.user needs password_file; transport.lease must be at least 1s");
        settings.ToString().ShouldBe("nats://host");
    }

    [Theory]
    [InlineData("creds_file", "not there", null, "does not exist")]
    [InlineData("nkey_file", "not there", null, "does not exist")]
    [InlineData("password_file", "not there", null, "does not exist")]
    [InlineData("tls.ca", "not there", null, "does not exist")]
    [InlineData("creds_file", ".", null, "is a folder")]
    [InlineData("creds_file", "file", Secret, "holds no user JWT")]
    [InlineData("creds_file", "file", "-----BEGIN NATS USER JWT-----\nhunter2\n", "holds no user seed")]
    [InlineData("creds_file", "file", "-----BEGIN NATS USER JWT-----\nhunter2\n-----BEGIN USER NKEY SEED-----\n" + Secret, "holds a seed that is none")]
    [InlineData("nkey_file", "file", "hunter2", "holds no user seed (a line that begins with SU)")]
    [InlineData("nkey_file", "file", Secret, "holds a seed that is none")]
    [InlineData("password_file", "file", "\nhunter2", "has an empty first line, which is no password")]
    [InlineData("tls.ca", "file", "hunter2", "holds no certificate in PEM")]
    [InlineData("tls.cert", "file", "hunter2", "holds no certificate in PEM")]
    public async Task Open_UnusableFile_NamesItAndNothingOfItsContent(string key, string name, string? content, string expected)
    {
        var file = Path.GetFullPath(_folder.File(name));
        if (content is not null) File.WriteAllText(file, content);

        var problem = await ProblemAsync(With(key, file));

        problem.Problem.ShouldBe(NatsConnectProblem.File);
        problem.Message.ShouldBe($"transport.{key}: {file} {expected}");
        problem.ToString().ShouldNotContain("hunter2");
        problem.ToString().ShouldNotContain(Secret);
    }

    [Fact]
    public async Task Open_FileTooLarge_IsNotRead()
    {
        var file = _folder.File("large");
        await using (var stream = File.Create(file)) stream.SetLength((1 << 20) + 1);

        (await ProblemAsync(With("password_file", file))).Message.ShouldBe($"transport.password_file: {file} is larger than 1 MiB");
    }

    public void Dispose() => _folder.Dispose();

    private static NatsSettings With(string key, string file)
    {
        var settings = new NatsSettings { Url = "nats://127.0.0.1:1" };
        return key switch
        {
            "creds_file" => settings with { CredsFile = file },
            "nkey_file" => settings with { NKeyFile = file },
            "password_file" => settings with { User = "me", PasswordFile = file },
            "tls.ca" => settings with { Tls = new() { Ca = file } },
            _ => settings with { Tls = new() { Cert = file, Key = file } },
        };
    }

    private static Task<NatsConnectException> ProblemAsync(NatsSettings settings) =>
        Should.ThrowAsync<NatsConnectException>(() => NatsConnector.OpenAsync(settings, "test", "inbox", TestContext.Current.CancellationToken));
}
