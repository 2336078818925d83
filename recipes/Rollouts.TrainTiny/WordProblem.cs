namespace Rollouts.TrainTiny;

/// <summary>An arithmetic word problem and a worked answer.</summary>
internal sealed record WordProblem(string Question, string Solution, int Answer)
{
    private static readonly string[] Names = ["Tom", "Anna", "Ben", "Lucy", "Sam", "Mia", "Leo", "Nora"];
    private static readonly string[] Things = ["apples", "books", "coins", "pens", "stamps", "cards", "shells", "marbles"];

    /// <summary>Draws a problem.</summary>
    public static WordProblem Draw(Random random)
    {
        var (name, thing) = (Names[random.Next(Names.Length)], Things[random.Next(Things.Length)]);
        var (a, b) = (random.Next(2, 50), random.Next(2, 50));
        return random.Next(4) switch
        {
            0 => Solve($"{name} has {a} {thing} and buys {b} more. How many {thing} does {name} have now?", a, '+', b, a + b),
            1 => Solve($"There are {a} {thing} in one box and {b} {thing} in another. How many {thing} are there in all?", a, '+', b, a + b),
            2 => Solve($"{name} has {Math.Max(a, b)} {thing} and gives away {Math.Min(a, b)}. How many {thing} are left?", Math.Max(a, b), '-', Math.Min(a, b), Math.Abs(a - b)),
            _ => Solve($"{name} fills {a % 9 + 2} bags with {b % 9 + 2} {thing} each. How many {thing} is that?", a % 9 + 2, '*', b % 9 + 2, (a % 9 + 2) * (b % 9 + 2)),
        };
    }

    private static WordProblem Solve(string question, int a, char sign, int b, int result) =>
        new(question, $" {a} {sign} {b} = {result}. The answer is {result}.", result);
}
