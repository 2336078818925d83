namespace Rollouts.Models;

// Shapes: V this rank's part of the vocabulary, D model width.

/// <summary>The embedding table and the head, which are one matrix in tied models, on whatever device their source loads to.</summary>
/// <param name="Embedding">[V, D]</param>
/// <param name="Head">[V, D]</param>
/// <param name="First">This rank's first entry of the vocabulary.</param>
internal sealed record HeadWeights(WeightMatrix Embedding, WeightMatrix Head, int First)
{
    /// <summary>This rank's entries of the vocabulary.</summary>
    public int Count => Embedding.Rows;

    public static HeadWeights Load(ModelSource source)
    {
        var rows = source.Parallel.ShareVocabulary(source.Config.VocabularySize);
        var embedding = Matrix(source, "model.embed_tokens.weight", rows);
        // A tied model's file may still hold a head; it is the table all the same.
        return new HeadWeights(embedding, source.Config.TiedEmbeddings ? embedding : Matrix(source, "lm_head.weight", rows), rows.First);
    }

    private static WeightMatrix Matrix(ModelSource source, string name, (int First, int Count) rows)
    {
        var config = source.Config;
        var matrix = source.NewMatrix(rows.Count, config.HiddenSize);
        matrix.Load(source, name, (config.VocabularySize, config.HiddenSize), rows, 0, 0);
        return matrix;
    }
}
