namespace Rollouts.Models.Jinja;

/// <summary>What went wrong, before the place is known; <see cref="Template"/> turns it into a <see cref="TemplateException"/> with the line.</summary>
internal sealed class TemplateFault(string message) : Exception(message);
