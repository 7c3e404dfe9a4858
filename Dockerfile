# The ticket shop, as an image: docker build -t millrace-tickets .
FROM node:24-slim AS build
WORKDIR /app
COPY . .
# The package `node` brings a Node of its own, which this image has already.
RUN npm ci --ignore-scripts --no-audit --no-fund
RUN node --conditions=source --input-type=module -e "\
  const { buildPage } = await import('/app/apps/tickets/src/page/build-page.ts'); \
  const error = await buildPage(console.log); \
  if (error) throw error"

FROM node:24-slim
WORKDIR /app
COPY --from=build --chown=node:node /app /app
RUN mkdir -p /app/data && chown node:node /app/data
USER node
ENV HOST=0.0.0.0 PORT=3000
EXPOSE 3000
VOLUME /app/data
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:3000/health/ready').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--conditions=source", "apps/tickets/src/main.ts"]
