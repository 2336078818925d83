using System.Collections.Immutable;
using System.Globalization;

namespace Rollouts;

/// <summary>Where an engine runs, as recipes write it: <c>cpu</c>, <c>cuda</c> (the first GPU), <c>cuda:1</c> or <c>cuda:0,1</c>.</summary>
public readonly record struct DevicePlacement
{
    private readonly string? _text;

    private DevicePlacement(string text, ImmutableArray<int> gpus) => (_text, Gpus) = (text, gpus);

    /// <summary>The processor.</summary>
    public static DevicePlacement Cpu => default;

    /// <summary>The GPUs, as the driver counts; none for the processor.</summary>
    public ImmutableArray<int> Gpus { get => field.IsDefault ? [] : field; }

    /// <summary>Whether it is a GPU.</summary>
    public bool IsGpu => !Gpus.IsEmpty;

    /// <summary>The kind of device: <c>cpu</c> or <c>cuda</c>.</summary>
    public string Kind => IsGpu ? "cuda" : "cpu";

    /// <summary>One GPU.</summary>
    public static DevicePlacement Gpu(int ordinal) => new(string.Create(CultureInfo.InvariantCulture, $"cuda:{ordinal}"), [ordinal]);

    /// <summary>Reads a placement; false where the text is none.</summary>
    public static bool TryParse(string text, out DevicePlacement placement)
    {
        placement = Cpu;
        if (text == "cpu") return true;
        if (text == "cuda")
        {
            placement = new DevicePlacement(text, [0]);
            return true;
        }

        if (!text.StartsWith("cuda:", StringComparison.Ordinal)) return false;
        var gpus = ImmutableArray.CreateBuilder<int>();
        foreach (var part in text["cuda:".Length..].Split(','))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var gpu) || gpus.Contains(gpu)) return false;
            gpus.Add(gpu);
        }

        placement = new DevicePlacement(text, gpus.ToImmutable());
        return true;
    }

    /// <summary>The placement of one of several engines: they take turns on the GPUs.</summary>
    public DevicePlacement OfReplica(int replica) => IsGpu ? Gpu(Gpus[replica % Gpus.Length]) : this;

    /// <inheritdoc/>
    public bool Equals(DevicePlacement other) => ToString() == other.ToString();

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => _text ?? "cpu";
}
