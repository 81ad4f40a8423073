import asyncio

from bridge.demo import run_demo

asyncio.run(run_demo(open_browser=False))
