using System.Threading.Tasks.Dataflow;

namespace Rollouts.Pipeline;

/// <summary>A block with state and something to flush at the end.</summary>
internal static class StatefulBlock
{
    /// <param name="add">Takes one item at a time and gives what it sends on.</param>
    /// <param name="finish">What is left at the end.</param>
    /// <param name="capacity">Items held, input and output each.</param>
    /// <param name="graph">Whose token ends every send.</param>
    public static IPropagatorBlock<TIn, TOut> Create<TIn, TOut>(Func<TIn, IEnumerable<TOut>> add, Func<IEnumerable<TOut>> finish, int capacity, RolloutGraph graph)
    {
        var output = new BufferBlock<TOut>(new DataflowBlockOptions { BoundedCapacity = capacity });
        var input = new ActionBlock<TIn>(graph.Watch<TIn>(item => SendAsync(add(item))), new ExecutionDataflowBlockOptions { BoundedCapacity = capacity });
        _ = FinishAsync();
        return DataflowBlock.Encapsulate(input, output);

        async Task SendAsync(IEnumerable<TOut> items)
        {
            foreach (var item in items) await output.SendAsync(item, graph.Stopping);
        }

        async Task FinishAsync()
        {
            try
            {
                await input.Completion;
                await SendAsync(finish());
                output.Complete();
            }
            catch (Exception e)
            {
                ((IDataflowBlock)output).Fault(e);
            }
        }
    }
}
