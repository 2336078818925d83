namespace Rollouts.Models;

/// <summary>Matrices held as e4m3 numbers with one float a block, by which they are multiplied (<c>weight_scale_inv</c>).</summary>
/// <remarks>deepseek-ai/DeepSeek-V3, README_WEIGHTS.md.</remarks>
/// <param name="BlockRows">Rows of a block.</param>
/// <param name="BlockColumns">Columns of a block.</param>
public sealed record BlockQuantization(int BlockRows, int BlockColumns);
