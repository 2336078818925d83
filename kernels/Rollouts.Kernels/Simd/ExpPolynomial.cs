namespace Rollouts.Kernels;

/// <summary>exp in float: 2^n times a polynomial on the rest.</summary>
/// <remarks>Constants of Moshier's Cephes library, expf.</remarks>
internal static class ExpPolynomial
{
    public const float Largest = 88.3f;
    public const float Smallest = -87.3f;
    public const float Log2E = 1.44269504088896341f;
    public const float Ln2High = 0.693359375f;
    public const float Ln2Low = -2.12194440e-4f;
    public const float C0 = 5.0000001201e-1f;
    public const float C1 = 1.6666665459e-1f;
    public const float C2 = 4.1665795894e-2f;
    public const float C3 = 8.3334519073e-3f;
    public const float C4 = 1.3981999507e-3f;
    public const float C5 = 1.9875691500e-4f;
}
