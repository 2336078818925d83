namespace Rollouts.Models;

/// <summary>What is special to a family: the keys that its config.json adds, and what its layers are made of.</summary>
internal interface IModelFamily
{
    /// <summary>Adds the family's own keys to those that all have.</summary>
    /// <exception cref="ModelFormatException">They ask for what is not supported.</exception>
    ModelConfig Configure(ModelConfig shared, JsonKeys keys);

    /// <summary>What it calls the tensors of its experts; null where it has none.</summary>
    ExpertNames? Experts => null;

    /// <summary>Loads a layer.</summary>
    DecoderLayer LoadLayer(ModelSource source, int layer);
}
