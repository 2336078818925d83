using System.Text.Json.Serialization;

namespace Rollouts;

/// <summary>What is added to a token's logit.</summary>
/// <param name="TokenId">The token.</param>
/// <param name="Bias">In natural-log units, -100 to 100.</param>
public readonly record struct LogitBias([property: JsonRequired] int TokenId, [property: JsonRequired] float Bias);
