"""`python -m pipeline.news FOLDER`: the crawler in a process of its own.

A crawl ends for ever the reactor it ran on, and so its process. It takes the job from the folder's
frontier, leaves the pages there, and prints progress as JSON lines. Exit code 1 when pages are left
to visit: the crawler broke off, and standard error says why.
"""

import sys
from pathlib import Path

from scrapy.crawler import AsyncCrawlerProcess

from pipeline.child_process import end_with_parent, print_progress
from pipeline.news.crawl import FRONTIER, CrawlJob
from pipeline.news.frontier import Frontier
from pipeline.news.spider import NewsSpider, crawler_settings


def main(folder: Path) -> int:
    """Visit what the frontier in `folder` has left; returns the exit code."""
    end_with_parent()
    frontier = Frontier(folder / FRONTIER)
    job = CrawlJob.model_validate_json(frontier.job())
    process = AsyncCrawlerProcess(crawler_settings(job.sites, job.params))
    process.crawl(NewsSpider, job.sites, job.params, frontier, print_progress, job.turn)
    process.start()
    is_done = frontier.count("outcome IS NULL") == 0
    frontier.close()
    return 0 if is_done else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
