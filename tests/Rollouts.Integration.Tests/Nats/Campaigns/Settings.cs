using System.Globalization;

namespace Rollouts.Integration.Tests.Nats.Campaigns;

/// <summary>How long a campaign is: short in the ordinary test run, as long as environment variables say in the scripts of tests/campaigns.</summary>
internal static class Settings
{
    public static int Of(string variable, int otherwise) => Environment.GetEnvironmentVariable(variable) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
