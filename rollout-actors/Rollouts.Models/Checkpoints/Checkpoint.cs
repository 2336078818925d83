using System.Text.Json;

namespace Rollouts.Models;

/// <summary>The weights of a Hugging Face folder: model.safetensors, or the shards of model.safetensors.index.json.</summary>
public sealed class Checkpoint : IDisposable
{
    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, (SafetensorsFile File, TensorEntry Entry)> _tensors = new(StringComparer.Ordinal);

    private Checkpoint(string folder) => Folder = folder;

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>All tensors.</summary>
    public IEnumerable<TensorEntry> Tensors => _tensors.Values.Select(t => t.Entry);

    /// <exception cref="ModelFormatException">There are no weights, or a file is broken or missing.</exception>
    public static Checkpoint Open(string folder)
    {
        var checkpoint = new Checkpoint(folder);
        try
        {
            foreach (var path in WeightFiles(folder)) checkpoint.Add(SafetensorsFile.Open(path));
            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>A tensor's entry; null where there is none.</summary>
    public TensorEntry? Find(string name) => _tensors.TryGetValue(name, out var found) ? found.Entry : null;

    /// <summary>A tensor's entry and the address of its bytes, its shape checked.</summary>
    /// <exception cref="ModelFormatException">It is missing, of another shape, or of a kind that is not read.</exception>
    public (TensorEntry Entry, nint Address) Get(string name, params ReadOnlySpan<long> shape)
    {
        var (file, entry) = Locate(name, shape);
        return (entry, file.Address(entry));
    }

    /// <summary>A tensor's entry and the file that it is in, its shape checked.</summary>
    /// <exception cref="ModelFormatException">It is missing, of another shape, or of a kind that is not read.</exception>
    internal (SafetensorsFile File, TensorEntry Entry) Locate(string name, params ReadOnlySpan<long> shape)
    {
        if (!_tensors.TryGetValue(name, out var found)) throw new ModelFormatException($"{Folder}: the weights have no tensor '{name}'; the files and config.json are of different models, or a shard is missing");
        if (!found.Entry.Shape.AsSpan().SequenceEqual(shape))
            throw new ModelFormatException($"{found.File.Path}: tensor '{name}' has the shape [{string.Join(", ", found.Entry.Shape)}], config.json asks for [{string.Join(", ", shape.ToArray())}]");
        if (found.Entry.Type == TensorType.Other) throw new ModelFormatException($"{found.File.Path}: tensor '{name}' is {found.Entry.TypeName}; F32, F16, BF16 and F8_E4M3 are read");
        return (found.File, found.Entry);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
    }

    private void Add(SafetensorsFile file)
    {
        _files.Add(file);
        foreach (var tensor in file.Tensors)
            if (!_tensors.TryAdd(tensor.Name, (file, tensor))) throw new ModelFormatException($"{file.Path}: tensor '{tensor.Name}' is in another shard too");
    }

    private static IReadOnlyList<string> WeightFiles(string folder)
    {
        var index = Path.Combine(folder, "model.safetensors.index.json");
        if (!File.Exists(index)) return [Path.Combine(folder, "model.safetensors")];
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(index));
            string[] names = [.. json.RootElement.GetProperty("weight_map").EnumerateObject().Select(p => p.Value.GetString()!).Distinct().Order(StringComparer.Ordinal)];
            if (names.FirstOrDefault(n => Path.GetFileName(n) != n) is { } outside) throw new ModelFormatException($"{index}: the shard '{outside}' is outside of the model's folder");
            return [.. names.Select(n => Path.Combine(folder, n))];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new ModelFormatException($"{index}: not a weight index: {e.Message}", e);
        }
    }
}
