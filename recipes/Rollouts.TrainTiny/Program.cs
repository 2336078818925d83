// Trains recipes/models/tiny-arithmetic, a Llama small enough to ship, and writes the sample prompts beside it. Fixed seed, a few minutes on two cores:
//   dotnet run -c Release --project recipes/Rollouts.TrainTiny -- recipes
using Rollouts.Models;
using Rollouts.TrainTiny;

var recipes = args.Length > 0 ? args[0] : "recipes";
var steps = args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : TinyTraining.Steps;
var folder = Path.Combine(recipes, "models", "tiny-arithmetic");
Directory.CreateDirectory(folder);

var prompts = SamplePrompts.Write(Path.Combine(recipes, "data", "arithmetic.jsonl"));
var random = new Random(1);
TokenizerTrainer.Write(folder, Enumerable.Range(0, 20_000).Select(_ => WordProblem.Draw(random)).Select(p => p.Question + p.Solution), merges: 120);
var tokenizer = Tokenizer.Load(folder);
TinyTraining.WriteConfig(folder, tokenizer.VocabularySize);
TinyTraining.Run(folder, tokenizer, prompts, steps);
