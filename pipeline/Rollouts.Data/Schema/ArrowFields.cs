using Apache.Arrow;
using Apache.Arrow.Types;

namespace Rollouts.Data;

/// <summary>Short words for the fields of schemas.</summary>
internal static class ArrowFields
{
    /// <summary>How lists name their items.</summary>
    public const string Item = "element";

    public static Field Column(string name, IArrowType type, bool nullable = false) => new(name, type, nullable);

    public static ListType List(IArrowType item, bool nullable = false) => new(new Field(Item, item, nullable));
}
