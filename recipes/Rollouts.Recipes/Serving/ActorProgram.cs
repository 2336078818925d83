using Rollouts.Actors;
using Rollouts.Actors.Nats;
using Rollouts.Data;
using Rollouts.Models;

namespace Rollouts.Recipes;

/// <summary>What <c>rollouts actor</c> is told.</summary>
/// <param name="Settings">The server.</param>
/// <param name="Job">The job.</param>
/// <param name="Pool">The pool.</param>
/// <param name="Name">The actor's name, unique in the job.</param>
/// <param name="Node">The node whose agent started it.</param>
/// <param name="Models">A folder of models.</param>
/// <param name="Replicas">Actors in this process; more than one are called NAME-0, NAME-1, ….</param>
public sealed record ActorSettings(NatsSettings Settings, string Job, string Pool, string Name, string? Node, string? Models, int Replicas = 1);

/// <summary>An actor's process: joins a job, makes the engine that the job's recipe asks for, and serves.</summary>
public static class ActorProgram
{
    /// <exception cref="RecipeException">The job has no such pool, or its model is not here.</exception>
    /// <exception cref="ModelFormatException">The model cannot be read.</exception>
    /// <exception cref="IOException">The server, the job or the name is not to be had.</exception>
    public static Task<ActorEnd> RunAsync(ActorSettings settings, IActorObserver observer, TimeProvider time, CancellationToken drain, CancellationToken stop)
    {
        var options = new ActorOptions
        {
            Settings = settings.Settings,
            Job = settings.Job,
            Pool = settings.Pool,
            Name = settings.Name,
            Replicas = settings.Replicas,
            Node = settings.Node,
            Codec = new ArrowRolloutCodec(),
        };
        return NatsActor.RunAsync(options, job => Task.FromResult(CreateEngine(settings, job, time)), observer, time, drain, stop);
    }

    private static (IGenerationEngine Engine, int Siblings) CreateEngine(ActorSettings settings, JobRecord job, TimeProvider time)
    {
        var loaded = RecipeReader.Read(job.Recipe, $"recipe of job {settings.Job}", []);
        var recipe = loaded.Recipe;
        var pool = recipe.Actors.FirstOrDefault(a => a.Name == settings.Pool)
            ?? throw new RecipeException(loaded.File, $"there is no pool '{settings.Pool}'; there are {string.Join(", ", recipe.Actors.Select(a => a.Name))}");
        var model = loaded.ModelOf(pool);
        model = model with { Path = ModelLocation.Find(model.Path, settings.Models, job.Fingerprints.GetValueOrDefault(pool.Name, "")) };
        return (EngineFactory.CreateOne(loaded, pool with { Model = model }, Tokenizer.Load(model.Path), time), recipe.Sampling.N);
    }
}
