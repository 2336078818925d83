namespace Rollouts.Models;

// Parts of a device model's step by themselves: for measuring.
public sealed partial class DeviceModel
{
    /// <summary>Bytes of all matrices that a step of so many tokens multiplies by.</summary>
    public long ProductBytes(int tokens) => _layers.Sum(layer => layer.ProductBytes(tokens)) + _head.Bytes;

    /// <summary>Gives the products of a step of so many tokens, and nothing else, to the stream: for measuring.</summary>
    public void Products(int tokens)
    {
        foreach (var layer in _layers) layer.Products(_scratch, tokens);
        _head.Forward(_scratch.Normed, _collective?.LogitsPart ?? _logits, tokens);
    }

    /// <summary>Gives what the ranks exchange in a step of so many tokens, and nothing else, to the stream: for measuring.</summary>
    public void Exchanges(int tokens)
    {
        for (var i = 0; i < 2 * _layers.Length + 1; i++) _scratch.Sum(tokens);
        _collective?.Gather(_logits, tokens);
    }
}
