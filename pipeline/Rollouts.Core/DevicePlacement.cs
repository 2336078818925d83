using System.Collections.Immutable;
using System.Globalization;

namespace Rollouts;

/// <summary>Where an engine runs, as recipes write it: <c>cpu</c>, <c>cuda</c> (the first GPU, or the first ones where an engine has ranks), <c>cuda:1</c> or <c>cuda:0,1</c>.</summary>
public readonly record struct DevicePlacement
{
    /// <summary>The first GPU, or as many of the first as an engine has ranks.</summary>
    private const string FirstOnes = "cuda";

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
    public static DevicePlacement Gpu(int ordinal) => Of([ordinal]);

    /// <summary>Reads a placement; false where the text is none.</summary>
    public static bool TryParse(string text, out DevicePlacement placement)
    {
        placement = Cpu;
        if (text == "cpu") return true;
        if (text == FirstOnes)
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

    /// <summary>Whether engines of so many ranks can be placed: each takes as many GPUs. <c>cuda</c> alone stands for the first ones.</summary>
    public bool CanHold(int ranks) => !IsGpu || _text == FirstOnes || Gpus.Length % ranks == 0;

    /// <summary>The placement of one of several engines: they take turns on the GPUs.</summary>
    /// <param name="ranks">GPUs that each of them takes.</param>
    public DevicePlacement OfReplica(int replica, int ranks = 1)
    {
        if (!IsGpu) return this;
        int[] gpus = _text == FirstOnes ? [.. Enumerable.Range(0, ranks)] : [.. Gpus];
        if (gpus.Length < ranks) throw new ArgumentException($"device {this} has no {ranks} GPUs for the ranks of one engine");
        return Of(gpus.AsSpan(replica % (gpus.Length / ranks) * ranks, ranks));
    }

    /// <inheritdoc/>
    public bool Equals(DevicePlacement other) => ToString() == other.ToString();

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => _text ?? "cpu";

    private static DevicePlacement Of(ReadOnlySpan<int> gpus)
    {
        ImmutableArray<int> taken = [.. gpus];
        return new DevicePlacement("cuda:" + string.Join(',', taken.Select(g => g.ToString(CultureInfo.InvariantCulture))), taken);
    }
}
