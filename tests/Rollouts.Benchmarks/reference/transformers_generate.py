"""What transformers does on the same GPU with the same shape and work as `rollouts bench engine --device cuda --workload offline`: random weights, bfloat16.
usage: transformers_generate.py [--batch 256] [--prompt 128] [--new 256]"""
import argparse
import time

import torch
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM


def llama_8b():
    config = LlamaConfig(
        hidden_size=4096, intermediate_size=14336, num_hidden_layers=32, num_attention_heads=32, num_key_value_heads=8, head_dim=128, vocab_size=128256,
        max_position_embeddings=131072, rope_theta=500000.0, tie_word_embeddings=False, torch_dtype=torch.bfloat16)
    torch.set_default_dtype(torch.bfloat16)
    with torch.device("cuda"):
        return LlamaForCausalLM(config).eval()


def timed(what, tokens, work):
    torch.cuda.synchronize()
    start = time.perf_counter()
    work()
    torch.cuda.synchronize()
    seconds = time.perf_counter() - start
    print(f"{what}: {seconds:.2f} s, {tokens / seconds:.0f} output tokens/s", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--prompt", type=int, default=128)
    parser.add_argument("--new", type=int, default=256)
    a = parser.parse_args()
    model = llama_8b()
    prompts = torch.randint(0, 10000, (a.batch, a.prompt), device="cuda")
    ends = dict(do_sample=True, temperature=0.6, eos_token_id=None, pad_token_id=0)
    with torch.inference_mode():
        model.generate(prompts[:4], max_new_tokens=4, min_new_tokens=4, **ends)
        timed(f"generate, {a.batch} x ({a.prompt} + 64)", a.batch * 64, lambda: model.generate(prompts, max_new_tokens=64, min_new_tokens=64, **ends))
    settings = GenerationConfig(max_new_tokens=a.new, eos_token_id=-1, pad_token_id=0, do_sample=True, temperature=0.6)
    timed(f"generate_batch, {a.batch} x ({a.prompt} + {a.new})", a.batch * a.new, lambda: model.generate_batch(inputs=prompts.tolist(), generation_config=settings))


main()
