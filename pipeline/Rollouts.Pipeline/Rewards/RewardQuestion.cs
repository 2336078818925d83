using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Rollouts.Pipeline;

/// <summary>The line that a reward process reads: <c>{"id", "prompt", "completion", "row"}</c>.</summary>
internal static class RewardQuestion
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Encode(Rollout rollout, Prompt prompt)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("id", rollout.Id.ToString());
            switch (prompt.Content)
            {
                case PromptContent.Text text: json.WriteString("prompt", text.Value); break;
                case PromptContent.Messages messages: json.WritePropertyName("prompt"); json.WriteRawValue(messages.Json); break;
            }

            json.WriteString("completion", rollout.Completion!.Text);
            json.WriteStartObject("row");
            for (var i = 0; i < prompt.Row.Values.Length; i++) WriteColumn(json, prompt.Row.Schema.Columns[i], prompt.Row.Values[i]);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    private static void WriteColumn(Utf8JsonWriter json, SourceColumn column, object? value)
    {
        json.WritePropertyName(column.Name);
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case long i: json.WriteNumberValue(i); break;
            case double d: json.WriteNumberValue(d); break;
            case bool b: json.WriteBooleanValue(b); break;
            case string text when column.Type == SourceType.Json: json.WriteRawValue(text); break;
            default: json.WriteStringValue((string)value); break;
        }
    }
}
