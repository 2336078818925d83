using System.Text.Json.Nodes;
using Rollouts.TestSupport;

namespace Rollouts.Recipes.Tests;

public sealed class TransportSectionTests : IDisposable
{
    private const string Rest = """
        name: job
        model: { path: model }
        prompts: { path: prompts.jsonl, text: question }
        sampling: { n: 2, max_tokens: 8 }
        actors: [ { name: local, engine: { kind: synthetic } } ]
        output: { path: out }

        """;

    private const string Everything = """
        transport:
          url: tls://one:4222,tls://two:4222
          user: driver
          password_file: secrets/password
          tls: { ca: ca.pem, cert: /etc/own.pem, key: own-key.pem }
          lease: 2s
        """;

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("")]
    [InlineData("transport: local")]
    public void Load_LocalOrNothing_IsLocal(string text)
    {
        var recipe = Load(text).Recipe;

        recipe.Transport.IsLocal.ShouldBeTrue();
        RecipeWriter.ToYaml(recipe).ShouldContain("\ntransport: local\n");
    }

    [Fact]
    public void Load_Url_IsShortForAMapping() => Load("transport: nats://host:4222").Recipe.Transport.ShouldBe(Load("transport: { url: 'nats://host:4222' }").Recipe.Transport);

    [Fact]
    public void ToSettings_WholeMapping_FindsFilesBesideTheRecipe()
    {
        var loaded = Load(Everything);

        var settings = loaded.Recipe.Transport.ToSettings(loaded);

        (settings.Url, settings.User, settings.Lease, settings.CredsFile).ShouldBe(("tls://one:4222,tls://two:4222", "driver", TimeSpan.FromSeconds(2), null));
        settings.PasswordFile.ShouldBe(_folder.File("secrets/password"));
        settings.Tls.ShouldBe(new() { Ca = _folder.File("ca.pem"), Cert = "/etc/own.pem", Key = _folder.File("own-key.pem") });
        settings.ConnectDeadline.ShouldBe(TimeSpan.FromSeconds(15));
    }

    [Theory]
    [InlineData(Everything)]
    [InlineData("transport: { url: 'nats://host:4222', creds_file: user.creds }")]
    [InlineData("transport: { url: 'nats://host:4222', nkey_file: user.seed }")]
    public void ToYaml_Transport_ReadsBackAsTheSameAndKeepsFileNamesOnly(string text)
    {
        Directory.CreateDirectory(_folder.File("secrets"));
        foreach (var file in new[] { "secrets/password", "user.creds", "user.seed" }) File.WriteAllText(_folder.File(file), "the-secret-itself");
        var loaded = Load(text);

        var written = RecipeWriter.ToYaml(loaded.Recipe with { Transport = loaded.Recipe.Transport.Resolved(loaded) });

        written.ShouldNotContain("the-secret-itself");
        var elsewhere = Load(written[written.IndexOf("transport:", StringComparison.Ordinal)..written.IndexOf("rewards:", StringComparison.Ordinal)]);
        elsewhere.Recipe.Transport.ToSettings(elsewhere).ShouldBe(loaded.Recipe.Transport.ToSettings(loaded));
    }

    [Theory]
    [InlineData("transport: locl", "7:12: 'transport' is local, a URL like nats://host:4222, or a mapping with url, not 'locl'; did you mean 'local'?")]
    [InlineData("transport: host:4222", "7:12: 'transport' is local, a URL like nats://host:4222, or a mapping with url")]
    [InlineData("transport: [a]", "7:12: 'transport' is local, a URL like nats://host:4222, or a mapping with url")]
    [InlineData("transport: http://host:4222", "7:12: 'transport' must begin with nats:// or tls://, like nats://host:4222")]
    [InlineData("transport: nats://", "7:12: 'transport' is no server's address; write one like nats://host:4222")]
    [InlineData("transport: 'nats://host:4222,'", "7:12: 'transport' must begin with nats:// or tls://, like nats://host:4222")]
    [InlineData("transport: { user: me, password_file: p }", "7:12: 'transport.url' is missing")]
    [InlineData("transport: { url: 'nats://h', creds_fil: c }", "7:31: unknown key 'transport.creds_fil'; did you mean 'creds_file'?")]
    [InlineData("transport: { url: 'nats://h', creds_file: c, nkey_file: n }", "7:57: 'transport.nkey_file' is a second kind of credentials beside creds_file; keep one")]
    [InlineData("transport: { url: 'nats://h', user: me }", "7:37: 'transport.user' needs password_file")]
    [InlineData("transport: { url: 'nats://h', password_file: p }", "7:46: 'transport.password_file' needs user")]
    [InlineData("transport: { url: 'nats://h', tls: { cert: c } }", "7:44: 'transport.tls.cert' needs tls.key, its private key")]
    [InlineData("transport: { url: 'nats://h', tls: { key: k } }", "7:43: 'transport.tls.key' needs tls.cert, the certificate that it belongs to")]
    [InlineData("transport: { url: 'nats://h', lease: 900ms }", "7:38: 'transport.lease' must be at least 1s")]
    [InlineData("transport: { url: 'nats://h', lease: soon }", "7:38: 'transport.lease' is a duration like 10s, 30m or 2h, not 'soon'")]
    public void Load_FaultyTransport_IsRefusedAtItsPlace(string text, string expected) => Faults(text).ShouldHaveSingleItem().ShouldBe(expected);

    [Theory]
    [InlineData("transport: nats://me:hunter2@host:4222")]
    [InlineData("transport: nats://hunter2@host:4222")]
    [InlineData("transport: { url: 'nats://one:4222,nats://me:hunter2@two:4222' }")]
    [InlineData("transport: me:hunter2@host")]
    public void Load_PasswordInUrl_IsRefusedAndNotRepeated(string text)
    {
        var fault = Faults(text).ShouldHaveSingleItem();

        fault.ShouldNotContain("hunter2");
        if (text.Contains("://", StringComparison.Ordinal)) fault.ShouldEndWith("holds a user or a password; write user and password_file instead");
    }

    [Fact]
    public void Load_PasswordInOption_IsNotRepeated() =>
        Should.Throw<RecipeException>(() => Load("", "transport=nats://me:hunter2@host:4222")).ToString().ShouldNotContain("hunter2");

    [Fact]
    public void Schema_Transport_IsAWordAUrlOrAMapping()
    {
        var forms = JsonNode.Parse(RecipeSchema.ToJson())!["properties"]!["transport"]!["anyOf"]!.AsArray();

        forms.Count.ShouldBe(3);
        forms[0]!["const"]!.GetValue<string>().ShouldBe("local");
        forms[2]!["required"]!.AsArray().Select(key => key!.GetValue<string>()).ShouldBe(["url"]);
        forms[2]!["properties"]!.AsObject().Select(key => key.Key).ShouldBe(["url", "creds_file", "nkey_file", "user", "password_file", "tls", "lease", "deltas"]);
    }

    public void Dispose() => _folder.Dispose();

    private LoadedRecipe Load(string transport, params string[] overrides)
    {
        File.WriteAllText(_folder.File("recipe.yaml"), Rest + transport);
        return RecipeReader.Load(_folder.File("recipe.yaml"), overrides);
    }

    private string[] Faults(string text) => [.. Should.Throw<RecipeException>(() => Load(text)).Faults.Select(f => $"{f.Line}:{f.Column}: {f.Message}")];
}
