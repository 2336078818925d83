using NATS.Client.Core;

namespace Rollouts.Actors.Nats;

/// <summary>Stores a group's result, in parts where the server takes no message as large.</summary>
internal sealed class ResultPublisher(INatsConnection connection, DurablePublisher publisher, JobNames names, IRolloutCodec codec, string pool, string incarnation)
{
    /// <summary>Returns when the server has stored all of it.</summary>
    /// <param name="place">The work's place in its stream: the same work never gives two results of one life.</param>
    public async Task PublishAsync(RolloutAnswer answer, GroupKey key, ulong place, CancellationToken stopping)
    {
        var parts = BodyParts.Split(codec.EncodeAnswer(answer), MessageRoom.Of(connection));
        for (var i = 0; i < parts.Count; i++)
        {
            var headers = new NatsHeaders { [ResultReader.IncarnationHeader] = incarnation };
            await publisher.PublishAsync(names.Result(pool, key), parts[i], $"{key}/{place}/{incarnation}/{i}", headers, stopping);
        }
    }
}
