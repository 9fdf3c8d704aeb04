# The build has the compiler; the image has what `npm ci --omit=dev` would install, the compiled code and the evaluators.
FROM node:26-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY bin ./bin
RUN npm run build
RUN npm prune --omit=dev --no-audit --no-fund

FROM node:26-slim
ENV NODE_ENV=production
# Reachable from outside the container, and therefore not without a key: create one first (see README.md).
ENV GRADEWAY_HOST=0.0.0.0
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
COPY bin ./bin
COPY drizzle ./drizzle
COPY evaluators ./evaluators
# A new volume takes over this folder's owner; everything else stays root's, so that the process cannot change its own code.
RUN mkdir data && chown node:node data
USER node
VOLUME /app/data
EXPOSE 8787
STOPSIGNAL SIGTERM
# /healthz is open to everybody. Readiness, /readyz, is for whoever sends traffic here: a full disk is no reason to restart.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.GRADEWAY_PORT || 8787}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/bin/gradeway.js"]
CMD ["serve"]
