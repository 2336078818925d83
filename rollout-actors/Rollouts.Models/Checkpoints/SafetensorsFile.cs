using System.Collections.Immutable;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Rollouts.Models;

/// <summary>What a tensor of a checkpoint is held in.</summary>
public enum TensorType
{
    /// <summary>32-bit floating point.</summary>
    F32,

    /// <summary>16-bit floating point.</summary>
    F16,

    /// <summary>bfloat16.</summary>
    BF16,

    /// <summary>8-bit floating point, e4m3.</summary>
    F8E4M3,

    /// <summary>A kind that this project does not read; harmless while nobody asks for the tensor.</summary>
    Other,
}

/// <summary>A tensor of a file.</summary>
/// <param name="Name">Its Hugging Face name.</param>
/// <param name="Type">What it is held in.</param>
/// <param name="TypeName">As the file writes it.</param>
/// <param name="Shape">Rows first.</param>
/// <param name="Offset">Bytes from the file's start.</param>
/// <param name="Bytes">Its length.</param>
public sealed record TensorEntry(string Name, TensorType Type, string TypeName, ImmutableArray<long> Shape, long Offset, long Bytes);

/// <summary>A safetensors file, memory-mapped; its header is checked whole before a tensor is touched.</summary>
/// <remarks>The format and its rules: huggingface/safetensors, README.md ("Format").</remarks>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private const long MaxHeaderBytes = 100_000_000;

    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _base;
    private readonly SafeFileHandle _file;

    private SafetensorsFile(string path, ImmutableArray<TensorEntry> tensors, FileStream file)
    {
        Path = path;
        Tensors = tensors;
        _file = file.SafeFileHandle;
        _map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _base);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What is in it, in the order of the bytes.</summary>
    public ImmutableArray<TensorEntry> Tensors { get; }

    /// <exception cref="ModelFormatException">The header is not what the format says.</exception>
    public static SafetensorsFile Open(string path)
    {
        if (!File.Exists(path)) throw new ModelFormatException($"{path}: no such weight file; download the model again");
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            return new SafetensorsFile(path, SafetensorsHeader.Read(file, path, MaxHeaderBytes), file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Where a tensor's bytes are, while the file is open.</summary>
    public nint Address(TensorEntry tensor) => (nint)(_base + tensor.Offset);

    /// <summary>Copies a part of a tensor's bytes. Read rather than mapped: mapping costs a page fault every few pages, which is most of the time that loading takes.</summary>
    /// <exception cref="ModelFormatException">The file has become shorter.</exception>
    public void Read(TensorEntry tensor, long offset, nint to, long bytes)
    {
        for (var at = 0L; at < bytes;)
        {
            var read = RandomAccess.Read(_file, new Span<byte>((byte*)to + at, (int)Math.Min(bytes - at, 1 << 30)), tensor.Offset + offset + at);
            if (read == 0) throw new ModelFormatException($"{Path}: the file became shorter while it was read; download it again");
            at += read;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }
}
