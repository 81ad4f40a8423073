import asyncio

from bridge.demo.running import run_demo

asyncio.run(run_demo(open_browser=False))
